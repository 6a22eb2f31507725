"""Turns a plan into a statement; the only package with SQL beside the schema."""
