"""Finished answers kept for the next asker."""
