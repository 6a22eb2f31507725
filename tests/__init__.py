"""The tests mirror the rooms of the product; tests/live starts the whole of it."""
