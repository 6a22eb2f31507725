"""The project as a Django app: it owns the day statistics and the operator's commands."""

from django.apps import AppConfig

import warehouse.celery  # noqa: F401  shared tasks find the app from any thread of any process


class WarehouseConfig(AppConfig):
    """Registers the project's own models and commands."""

    name = "warehouse"
