"""How much there is: of an organization's events on each UTC day, and in whole tables.

Both stand in relational rows, so whoever asks needs no engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from warehouse.language.query import Window
from warehouse.models import Day, TableSize


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of something."""

    rows: int
    bytes: int


def of_days(organization: str, windows: Iterable[Window]) -> dict[date, Size]:
    """Return what each day that holds anything holds, from the first to the last of the windows."""
    touched = [day for window in windows for day in ends(window)]
    found = Day.objects.filter(
        organization_id=organization, day__gte=min(touched), day__lte=max(touched), rows__gt=0
    )
    return {day: Size(*size) for day, *size in found.values_list("day", "rows", "bytes")}


def of_tables() -> dict[str, Size]:
    """Return what the tables of the event store hold, by name, as far as that was looked up."""
    found = TableSize.objects.values_list("name", "rows", "bytes")
    return {name: Size(*size) for name, *size in found}


def ends(window: Window) -> tuple[date, date]:
    """Return the first and the last UTC day that `window` touches."""
    last = window.end.astimezone(UTC) - timedelta(microseconds=1)
    return window.start.astimezone(UTC).date(), last.date()
