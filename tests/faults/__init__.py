"""Faults of every family, struck at real processes again and again; nothing may be lost."""
