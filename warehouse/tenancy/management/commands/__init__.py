"""Commands about organizations and their keys."""
