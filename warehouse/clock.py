"""The one place that reads the clock: doors take the time here and pass it on as `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251
