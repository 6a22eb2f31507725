"""Registers the custody app."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Errands and their receipts."""

    name = "warehouse.custody"
    label = "custody"
    verbose_name = "Erasures and exports"
