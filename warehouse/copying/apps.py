"""Registers the app of the analytics copy."""

from django.apps import AppConfig


class CopyingConfig(AppConfig):
    """What was copied to BigQuery, and who is at it."""

    name = "warehouse.copying"
    label = "copying"
    verbose_name = "Analytics copy"
