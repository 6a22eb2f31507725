"""The numbers that bound a report: time, rows, order, and how often a job is tried."""

from datetime import timedelta

from warehouse.exceptions import Recounting, WarehouseError
from warehouse.tenancy.principal import EXPORT_ROWS, REPORT_SECONDS, Tenant

ANALYTICS_SECONDS = 30
ANALYTICS_ROWS = 50_000

PRIORITIES = {"bulk": 0, "scheduled": 10, "interactive": 20}
"""Which jobs go first: the higher."""
SUBMITTED = ("scheduled", "bulk")
"""What a submitted report may be, the first unless it says so."""
FRONT = 30
"""Where an administrator moves a job that is to go before all others."""
PATIENCE = timedelta(minutes=10)
"""A job that has waited this long goes with the interactive ones: nothing waits for ever."""

MAX_DEATHS = 3
"""A job that has taken this many workers with it is not given to another."""
MAX_FAILURES = 3
"""A retryable error is tried again until it has come this often."""
MAX_RECOUNTS = 20
"""As often as that where sessions are counted anew: it takes seconds, and we do it ourselves."""
BACKOFF_SECONDS = (0.5, 2.0, 8.0)
"""How long a job waits after its first, second, … retryable error."""
LONGEST_WAIT = timedelta(seconds=60)
"""No job waits longer between two tries: a later time was set before the clock was put back."""

TOO_EXPENSIVE_SECONDS = 86_400
"""When to ask again what is refused for good: late, for clients that do so by themselves."""

ROWS_KEPT = timedelta(days=30)
"""How long ended reports and the events of all stay, beyond the time a result is kept."""

SLACK = 100_000
"""How many rows of neighbours the engine may read beside those that were asked for."""


def rows_within(timeout_seconds: int, tenant: Tenant) -> int:
    """Return how many rows a question with this time limit may ask for."""
    door = ANALYTICS_ROWS if timeout_seconds <= ANALYTICS_SECONDS else EXPORT_ROWS
    return min(door, tenant.export_rows)


def deadline(timeout_seconds: int, kind_seconds: int, tenant: Tenant) -> int:
    """Return how long a job may run: what its door, its kind and its organization allow."""
    return min(timeout_seconds, kind_seconds, tenant.report_seconds)


def stop_at(rows_per_query: int | None) -> int | None:
    """Return after how many rows the engine stops a question that was let through.

    It reads whole stretches of rows, others' too, and an estimate may be somewhat low: what was
    found to keep within the limit must not fail by a hair.
    """
    return None if rows_per_query is None else rows_per_query + rows_per_query // 4 + SLACK


def tries(error: WarehouseError) -> int:
    """Return how often a retryable error may come before it ends the job."""
    return MAX_RECOUNTS if isinstance(error, Recounting) else MAX_FAILURES


def backoff(failures: int) -> float:
    """Return the seconds to wait after the `failures`-th retryable error."""
    return BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1]


__all__ = ["EXPORT_ROWS", "REPORT_SECONDS"]
