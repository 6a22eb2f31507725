"""Alive, ready, metrics, doctor and the first preparation."""
