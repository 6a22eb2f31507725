"""Tests of the query engine, pure and on the real embedded engine."""
