"""Registers the tenancy app."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Organizations, memberships and API keys."""

    name = "warehouse.tenancy"
    label = "tenancy"
    verbose_name = "Organizations"
