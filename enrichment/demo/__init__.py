"""Invents traffic for the demo organization: seeded, so the same seed tells the same story."""
