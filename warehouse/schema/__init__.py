"""Numbered ClickHouse schema files and the runner that applies them."""
