"""Fixtures of the REST door's tests."""

from tests.reports.doors import caller, clicks, stranger, wired, worker  # noqa: F401
