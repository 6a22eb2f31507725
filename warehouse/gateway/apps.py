"""Registers the gateway app."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """Owns the idempotency records."""

    name = "warehouse.gateway"
    label = "gateway"
