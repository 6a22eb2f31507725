"""Finds what belongs together in traffic that no campaign claims, and keeps what was found."""
