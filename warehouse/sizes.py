"""How much there is: of an organization's events on each UTC day, and in whole tables.

The worker writes the tables' sizes down. Both stand in relational rows, so whoever asks needs no
engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from warehouse.days import ends
from warehouse.models import Day, TableSize
from warehouse.sql.tables import SIZES

if TYPE_CHECKING:  # the driver stays out of processes that only read
    from collections.abc import Iterable
    from datetime import date, datetime

    from warehouse.language.query import Window
    from warehouse.sources.clickhouse import ClickHouse

FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of something."""

    rows: int
    bytes: int


def refresh(clickhouse: ClickHouse, *, now: datetime) -> None:
    """Write down every table's size, unless somebody has within the last minute."""
    if TableSize.objects.filter(at__gt=now - FRESH).exists():
        return
    found = clickhouse.ask(SIZES)
    TableSize.objects.bulk_create(
        [TableSize(name=name, rows=rows, bytes=size, at=now) for name, rows, size in found],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["rows", "bytes", "at"],
    )


def of_days(organization: str, windows: Iterable[Window]) -> dict[date, Size]:
    """Return what each day that holds anything holds, from the first to the last of the windows."""
    touched = [day for window in windows for day in ends(window)]
    found = Day.objects.filter(
        organization_id=organization, day__gte=min(touched), day__lte=max(touched), rows__gt=0
    )
    return {day: Size(*size) for day, *size in found.values_list("day", "rows", "bytes")}


def of_tables() -> dict[str, Size]:
    """Return what the tables of the event store hold, by name, as last written down."""
    found = TableSize.objects.values_list("name", "rows", "bytes")
    return {name: Size(*size) for name, *size in found}
