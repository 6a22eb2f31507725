"""Events in: accepted, enriched and stored exactly once."""
