"""Patterns and retroactive campaigns in the admin."""

from discovery.admin import campaigns

__all__ = ("campaigns",)
