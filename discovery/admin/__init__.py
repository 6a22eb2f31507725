"""What the operator sees of patterns and retroactive campaigns."""

from discovery.admin import campaigns, patterns

__all__ = ("campaigns", "patterns")
