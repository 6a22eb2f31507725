"""What each plan allows an organization, and which of its own limits may differ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one organization; None is any number.

    `requests_per_minute` counts API requests of all its callers, `events_per_minute` and
    `events_per_month` (a calendar month of UTC) events sent, `sockets` open WebSockets and
    `retention_days` how long events are kept.
    """

    requests_per_minute: int | None = None
    events_per_minute: int | None = None
    events_per_month: int | None = None
    sockets: int | None = None
    retention_days: int | None = None


PLANS = {
    "small": Limits(600, 60_000, 1_000_000, 50, 400),
    "standard": Limits(6_000, 600_000, 100_000_000, 1_000, 1_100),
    "unlimited": Limits(),
}
DEFAULT_PLAN = "unlimited"
