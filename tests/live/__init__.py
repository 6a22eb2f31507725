"""The real processes, started with the product's own command and used from outside only."""
