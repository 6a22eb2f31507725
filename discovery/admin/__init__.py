"""What the operator sees of patterns and retroactive campaigns."""

from discovery.admin import patterns

__all__ = ("patterns",)
