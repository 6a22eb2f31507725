"""Fixtures of the REST door's tests."""

from tests.reports.doors import caller, clicks, stranger, wired, worker  # noqa: F401
from tests.reports.schedules.doors import hooked, scheduled  # noqa: F401
