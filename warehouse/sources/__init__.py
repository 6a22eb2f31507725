"""Drivers: ClickHouse and Redis behind our own types and errors."""
