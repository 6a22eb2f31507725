"""Registers the enrichment app."""

from django.apps import AppConfig


class EnrichmentConfig(AppConfig):
    """The enrichment app."""

    name = "enrichment"
