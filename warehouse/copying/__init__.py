"""Keeps the copy in BigQuery true: days that are over, copied whole, erased with proof."""
