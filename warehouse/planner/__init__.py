"""Turns a query into a plan: which table answers it, and why."""
