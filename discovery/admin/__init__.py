"""Patterns and retroactive campaigns in the admin."""
