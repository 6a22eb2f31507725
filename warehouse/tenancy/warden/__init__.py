"""Warden: who is asking, and for which organization."""
