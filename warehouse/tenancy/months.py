"""How many events an organization sent each month, and whether it may send more.

The count is a row, raised in the transaction that accepts the events: it is as safe as they are.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db.models import F, QuerySet

from warehouse.exceptions import LimitExceeded
from warehouse.limiting.standing import Standing, tell
from warehouse.tenancy.models import EventMonth
from warehouse.tenancy.principal import Tenant

NAME = "events-month"
LATEST = 12


def count(organization_id: str, events: int, *, now: datetime) -> None:
    """Add events to the month of `now`; belongs into the transaction that accepts them."""
    if not _add(organization_id, events, now):
        _begin(organization_id, now)
        _add(organization_id, events, now)


def count_within(tenant: Tenant, events: int, *, now: datetime) -> None:
    """Add events to the month, as `count` does; raises `LimitExceeded` beyond the month's quota."""
    most = tenant.limits.events_per_month
    if most is None:
        count(tenant.id, events, now=now)
        return
    if events <= most and _add(tenant.id, events, now, most):
        return
    _begin(tenant.id, now)
    if events > most or not _add(tenant.id, events, now, most):
        raise _refusal(tenant, most, now)


def used(organization_id: str, *, now: datetime) -> int:
    """Return how many events were accepted in the month of `now` so far."""
    found = _row(organization_id, now).values_list("events", flat=True).first()
    return found or 0


def latest(organization_id: str, months: int = LATEST) -> Sequence[tuple[date, int]]:
    """Return the latest months that have events, newest first: (first day, events)."""
    rows = EventMonth.objects.filter(organization_id=organization_id).order_by("-month")
    return list(rows.values_list("month", "events")[:months])


def _add(organization_id: str, events: int, now: datetime, most: int | None = None) -> bool:
    """Raise the count by one statement, unless that is more than `most` or there is no row."""
    row = _row(organization_id, now)
    if most is not None:
        row = row.filter(events__lte=most - events)
    return bool(row.update(events=F("events") + events))


def _begin(organization_id: str, now: datetime) -> None:
    first = EventMonth(organization_id=organization_id, month=first_day(now))
    EventMonth.objects.bulk_create([first], ignore_conflicts=True)


def _row(organization_id: str, now: datetime) -> "QuerySet[EventMonth]":
    return EventMonth.objects.filter(organization_id=organization_id, month=first_day(now))


def first_day(now: datetime) -> date:
    """Return the first day of the month of `now`, in UTC."""
    return now.astimezone(UTC).date().replace(day=1)


def _refusal(tenant: Tenant, most: int, now: datetime) -> LimitExceeded:
    first = first_day(now)
    begin = datetime(first.year, first.month, 1, tzinfo=UTC)
    end = (begin + timedelta(days=32)).replace(day=1)
    wait = max(1, int((end - now).total_seconds()) + 1)
    left = max(0, most - used(tenant.id, now=now))
    seconds = int((end - begin).total_seconds())
    tell((Standing(NAME, most, seconds, left, wait),))
    return LimitExceeded(
        f"Your organization may send {most:,} events a month, and {left:,} are left of this one.",
        retry_after=wait,
    )
