"""What each organization's days hold: rows, bytes, a revision and the newest event.

Also whether what is worked out of a day's events, its sessions and rollups, may be read.

Days are UTC days. Cache keys and answers read them, so neither needs the engine.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, F, Max, Q, Sum, When
from django.db.models.functions import Greatest

from warehouse.language.query import Window
from warehouse.models import Day
from warehouse.sql.days import REVISION, UNROLLED, WATERMARK


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was stored for one day: `watermark` is the newest event's time."""

    rows: int
    bytes: int
    watermark: datetime


def record(days: Mapping[tuple[str, date], DayCount]) -> None:
    """Add what was stored to each (organization, day) and raise its revision.

    Call it in the transaction that declares the rows stored, after the engine has them. Every
    change counts; which days' revisions matter is decided when they are read.
    """
    keys = sorted(days)
    Day.objects.bulk_create(
        [
            Day(organization_id=uuid.UUID(organization), day=day, watermark=count.watermark)
            for (organization, day), count in ((key, days[key]) for key in keys)
        ],
        ignore_conflicts=True,
    )
    for organization, day in keys:
        count = days[organization, day]
        Day.objects.filter(organization_id=organization, day=day).update(
            rows=F("rows") + count.rows,
            bytes=F("bytes") + count.bytes,
            revision=F("revision") + 1,
            watermark=Greatest(F("watermark"), count.watermark),
        )


def distrust(days: Mapping[tuple[str, date], DayCount]) -> None:
    """Say that sessions and rollups of each (organization, day) may not hold what the events say.

    Commit it before anything makes that so. A day that holds nothing yet is made known.
    """
    Day.objects.bulk_create(
        [
            Day(organization_id=uuid.UUID(organization), day=day, watermark=count.watermark)
            for (organization, day), count in sorted(days.items(), key=lambda item: item[0])
        ],
        ignore_conflicts=True,
    )
    for organization, day in sorted(days):
        Day.objects.filter(organization_id=organization, day=day).update(rolled_up=False)


def trust(organization: str, days: Collection[date]) -> None:
    """Say that sessions and rollups of these days hold what the events say, and raise revisions.

    So whoever compares the revision before and after reading knows whether they were whole.
    """
    found = Day.objects.filter(organization_id=organization, day__in=days)
    found.update(rolled_up=True, revision=F("revision") + 1)


def known(organization: str, *, before: date) -> list[date]:
    """Return the days before another one that hold something."""
    found = Day.objects.filter(organization_id=organization, day__lt=before, rows__gt=0)
    return list(found.order_by("day").values_list("day", flat=True))


def mark(organization: str, days: Collection[date]) -> None:
    """Say of known days that sessions and rollups may not hold what the events say."""
    Day.objects.filter(organization_id=organization, day__in=days).update(rolled_up=False)


def recount(organization: str, days: Mapping[date, tuple[int, datetime] | None]) -> None:
    """Say what is left of days after something was removed, and raise their revisions.

    For each its events and the newest one's time, or None where nothing is left. Call it while
    nothing may be stored for the organization, after the engine has forgotten the rest.
    """
    for day, left in sorted(days.items()):
        row = Day.objects.filter(organization_id=organization, day=day)
        if left is None:
            row.update(rows=0, bytes=0, revision=F("revision") + 1)
            continue
        rows, newest = left
        share = F("bytes") * rows / Case(When(rows__gt=0, then=F("rows")), default=1)
        row.update(rows=rows, bytes=share, revision=F("revision") + 1, watermark=newest)


def touch(organization: str, first: date, last: date) -> None:
    """Raise the revisions of the days from `first` to `last`: what is told of them has changed."""
    found = Day.objects.filter(organization_id=organization, day__range=(first, last))
    found.update(revision=F("revision") + 1)


def end(organization: str) -> datetime | None:
    """Return the first moment after all events of an organization, or None where there is none."""
    found = Day.objects.filter(organization_id=organization, rows__gt=0)
    newest: datetime | None = found.aggregate(newest=Max("watermark"))["newest"]
    return newest and newest + timedelta(milliseconds=1)


def rolled_up(organization: str, windows: Iterable[Window] = ()) -> bool:
    """Tell whether the rollups of every UTC day that the windows touch may be read.

    Without windows: of all days.
    """
    spans = [ends(window) for window in windows] or [(date.min, date.max)]
    return not any(_asked(UNROLLED, organization, *span) for span in spans)


def revision(organization: str, window: Window, *, now: datetime) -> int:
    """Return a number that rises whenever a day of `window` that is over by `now` changes.

    The open day is left out: live intake would empty the cache every second.
    """
    first, last = ends(window)
    last = min(last, now.astimezone(UTC).date() - timedelta(days=1))
    return int(_asked(REVISION, organization, first, last))


def version(organization: str, window: Window) -> int:
    """Return a number that rises whenever any day of `window` changes, the open one too."""
    return int(_asked(REVISION, organization, *ends(window)))


def watermark(organization: str, window: Window) -> datetime | None:
    """Return the newest stored event's time, no later than the end of `window`."""
    found = _asked(WATERMARK, organization, *ends(window))
    if found is None:
        return None
    # SQLite keeps times as text.
    newest: datetime = found if isinstance(found, datetime) else datetime.fromisoformat(found)
    return min(newest.replace(tzinfo=UTC), window.end)


def _asked(statement: str, organization: str, first: date, last: date) -> Any:
    """Ask for one thing about some days; a quarter of what the same costs through the ORM."""
    with connection.cursor() as cursor:
        identity = uuid.UUID(organization).hex
        cursor.execute(statement, (identity, first.isoformat(), last.isoformat()))
        return (cursor.fetchone() or (None,))[0]


def stored(organization: str, *, month: datetime) -> dict[str, int]:
    """Return how many events an organization has, in how many bytes, and those of a UTC month."""
    first = month.astimezone(UTC).date().replace(day=1)
    found = Day.objects.filter(organization_id=organization).aggregate(
        events=Sum("rows", default=0),
        bytes=Sum("bytes", default=0),
        events_this_month=Sum("rows", default=0, filter=Q(day__gte=first)),
    )
    return {name: int(value) for name, value in found.items()}


def ends(window: Window) -> tuple[date, date]:
    """Return the first and the last UTC day that `window` touches."""
    last = window.end.astimezone(UTC) - timedelta(microseconds=1)
    return window.start.astimezone(UTC).date(), last.date()
