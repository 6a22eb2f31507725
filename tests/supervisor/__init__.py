"""The supervisor: its pieces with small real processes; the whole of it is in tests/live."""
