"""How large the tables of the event store are: the worker writes it down, everybody may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from warehouse.models import TableSize
from warehouse.sql.tables import SIZES

if TYPE_CHECKING:  # the driver stays out of processes that only read
    from datetime import datetime

    from warehouse.sources.clickhouse import ClickHouse

FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Size:
    """Rows and bytes on disk of one table."""

    rows: int
    bytes: int


def refresh(clickhouse: ClickHouse, *, now: datetime) -> None:
    """Write down every table's size, unless somebody has within the last minute."""
    if TableSize.objects.filter(at__gt=now - FRESH).exists():
        return
    found = clickhouse.run(SIZES, tag="sizes").rows
    TableSize.objects.bulk_create(
        [TableSize(name=name, rows=rows, bytes=size, at=now) for name, rows, size in found],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["rows", "bytes", "at"],
    )


def sizes() -> dict[str, Size]:
    """Return the size of every table that holds something, as last written down."""
    return {one.name: Size(one.rows, one.bytes) for one in TableSize.objects.all()}
