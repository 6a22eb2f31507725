"""Registers the dashboard, so that its templates and static files are found."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The start page, login and the look of the admin."""

    name = "reports.dashboard"
    label = "dashboard"
