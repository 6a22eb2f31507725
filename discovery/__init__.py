"""Patterns in unattributed traffic, and campaigns made of them that reach back in time."""
