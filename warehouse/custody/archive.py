"""Moves months of events to the archive when they are old: cheap storage that the engine reads.

Nothing else changes: questions, erasures, exports and late events find the rows where they always
were, so there is no moment at which one is missing or twice there.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from warehouse.exceptions import SourceError
from warehouse.models import ArchivedMonth
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import archiving

log = logging.getLogger(__name__)
PAUSE = timedelta(hours=1)
"""How often a worker looks: late events of an archived month follow it."""


@dataclass(slots=True)
class Archivist:
    """Archives what is older than `months` whole months, 0 for never; looks once an hour."""

    clickhouse: ClickHouse
    months: int
    clock: Callable[[], datetime]
    looked: datetime | None = None

    def due(self) -> bool:
        """Return whether it is time to look again."""
        now = self.clock()
        return self.months > 0 and not (self.looked and abs(now - self.looked) < PAUSE)

    def work_once(self) -> bool:
        """Look, and move what is due; False when there was nothing to move."""
        if not self.due():
            return False
        now = self.clock()
        self.looked = now
        return archive(self.clickhouse, before=first_month(self.months, now), now=now) > 0


def first_month(months: int, now: datetime) -> int:
    """Return the first month (UTC), such as 202411, that is not wholly older than `months`."""
    today = now.astimezone(UTC)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return year * 100 + month + 1


def archive(clickhouse: ClickHouse, *, before: int, now: datetime) -> int:
    """Move the months before one to the archive; return how many were moved.

    A month that cannot be moved now, as one whose parts are being merged, stays until the next
    look; so does what is left of it when the process dies: the engine moves a part as a whole.
    """
    waiting = [month for (month,) in clickhouse.ask(archiving.due(before))]
    moved = 0
    if waiting and not clickhouse.ask(archiving.PLACE)[0][0]:
        log.warning(
            "%d months are due for the archive, but the event store has no storage policy %s with "
            "a volume %s: add one (docs/archive.md), or set TRELLIS_ARCHIVE_MONTHS=0",
            len(waiting), archiving.POLICY, archiving.VOLUME,
        )  # fmt: skip
    elif waiting:
        clickhouse.command(archiving.ADOPT)
        moved = sum(_move(clickhouse, month) for month in waiting)
    _write_down(clickhouse, now)
    return moved


def _move(clickhouse: ClickHouse, month: int) -> bool:
    try:
        clickhouse.command(archiving.move(month), tag=f"archive-{month}")
    except SourceError:
        log.warning("month %d is not archived yet", month, exc_info=True)
        return False
    log.info("month %d is archived", month)
    return True


def _write_down(clickhouse: ClickHouse, now: datetime) -> None:
    """Say in relational rows what the archive holds, for whoever asks without an engine."""
    found = clickhouse.ask(archiving.HELD)
    with transaction.atomic():
        ArchivedMonth.objects.exclude(month__in=[month for month, *_ in found]).delete()
        ArchivedMonth.objects.bulk_create(
            [
                ArchivedMonth(month=month, rows=rows, bytes=size, at=now)
                for month, rows, size in found
            ],
            update_conflicts=True,
            unique_fields=["month"],
            update_fields=["rows", "bytes", "at"],
        )
