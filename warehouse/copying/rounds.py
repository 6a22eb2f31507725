"""Copies days: written to a file, loaded aside, put in place in one transaction, compared.

A day is copied as of the revision it had before it was read; if it changed meanwhile it is due
again. Who dies leaves a table aside that goes away by itself, and is taken up under a new fence.
"""

import logging
import tempfile
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from warehouse import sheets
from warehouse.copying import claims
from warehouse.copying.claims import LostCopy
from warehouse.copying.models import Copy
from warehouse.exceptions import SourceError, WarehouseError
from warehouse.models import Day
from warehouse.schema.copied import COPIED, migrations
from warehouse.sources.bigquery import BigQuery
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import bigquery, copying

log = logging.getLogger(__name__)
STAGED = timedelta(days=1)
DAY_SECONDS = 1800.0
"""How long a day of events may take to be written to a file."""
DAYS_AT_ONCE = 10
"""So many days of one organization are copied before the next has its turn."""
PAUSE = timedelta(seconds=30)
"""How often a worker looks whether there is anything to copy: it reads every day's row."""


@dataclass(slots=True)
class Copier:
    """Copies from one event store to one dataset, whose schema it sees to before the first call."""

    clickhouse: ClickHouse
    bigquery: BigQuery
    owner: uuid.UUID
    clock: Callable[[], datetime]
    stopping: threading.Event = field(default_factory=threading.Event)
    looked: datetime | None = None
    _prepared: bool = False
    _preparing: threading.Lock = field(default_factory=threading.Lock)
    _working: threading.Lock = field(default_factory=threading.Lock)

    @property
    def idle(self) -> bool:
        """Return whether nothing is being copied: the event store may be closed then."""
        return not self._working.locked()

    @property
    def place(self) -> str:
        """Return the dataset as `PROJECT.DATASET`."""
        return str(self.bigquery.dataset)

    def ready(self) -> BigQuery:
        """Return BigQuery with the dataset and its tables made; raises what `BigQuery.run` does."""
        with self._preparing:
            if not self._prepared:
                self.bigquery.prepare(migrations())
                self._prepared = True
        return self.bigquery

    def work_once(self) -> bool:
        """Copy some days of the organization whose turn it is; False where none waits."""
        copy = claims.claim(self.place, owner=self.owner, now=self.clock())
        if copy is None:
            return False
        try:
            self._copy(copy)
            claims.settle(copy, now=self.clock())
        except LostCopy:
            log.warning("%s was taken over or is being erased", copy)
        except WarehouseError as error:
            self._trouble(copy, error)
        except OSError:
            log.exception("%s could not be written to a file", copy)
            self._trouble(copy, SourceError("The day could not be written to a file here."))
        return True

    def work(self) -> None:
        """Copy until nothing waits or the process is told to stop, if it is time to look again."""
        now = self.clock()
        if self.looked and abs(now - self.looked) < PAUSE:
            return
        self.looked = now
        with self._working:
            while not self.stopping.is_set() and self.work_once():
                pass

    def _trouble(self, copy: Copy, error: WarehouseError) -> None:
        try:
            claims.trouble(copy, error, now=self.clock())
        except LostCopy:
            log.warning("%s was taken over or is being erased", copy)

    def _copy(self, copy: Copy) -> None:
        source, owner = self.ready(), str(copy.organization_id)
        source.run(bigquery.raise_fence(owner, copy.fence))
        for table in aside(source, owner, copy.fence):
            source.drop(table)
        for day, revision in claims.due(copy, DAYS_AT_ONCE, now=self.clock()):
            if self.stopping.is_set():
                return
            self._copy_day(copy, day, revision)

    def _copy_day(self, copy: Copy, day: date, revision: int) -> None:
        owner = str(copy.organization_id)
        table = staging(owner, copy.fence, day)
        claims.intend(copy, day, now=self.clock())
        with tempfile.TemporaryDirectory(prefix="trellis-copy-") as folder:
            file = Path(folder) / "day.parquet"
            self._write(file, owner, day, tag=table)
            claims.renew(copy, now=self.clock())
            until = self.clock() + STAGED
            self.bigquery.stage(table, file, owner=owner, job=f"load_{table}", until=until)
        claims.renew(copy, now=self.clock())
        publish = bigquery.publish(owner, day, copy.fence, table, COPIED.names)
        self.bigquery.run(publish, job=f"publish_{table}")
        self.bigquery.drop(table)
        if (rows := self._compared(owner, day, tag=table)) is not None:
            claims.record(copy, day, revision=revision, rows=rows, now=self.clock())
            return
        claims.renew(copy, now=self.clock())
        if Day.objects.filter(
            organization_id=copy.organization_id, day=day, revision=revision
        ).exists():
            raise SourceError(f"BigQuery: the copy of {day} does not agree with the event store.")

    def _write(self, file: Path, owner: str, day: date, *, tag: str) -> None:
        events = copying.events(owner, day, COPIED.names)
        with (
            file.open("wb") as opened,
            self.clickhouse.stream(events, tag=tag, timeout_seconds=DAY_SECONDS) as blocks,
        ):
            sheets.write(opened, COPIED, blocks)

    def _compared(self, owner: str, day: date, *, tag: str) -> int | None:
        """Return how many events a day has in both, or None where these do not agree."""
        there = self.bigquery.run(bigquery.figures(owner, day))[0]
        here = self.clickhouse.run(copying.figures(owner, day), tag=tag, first=True).rows[0]
        return int(here[0]) if tuple(there) == tuple(here) else None


def staging(owner: str, fence: int, day: date) -> str:
    """Return the name of the table a day is loaded to before it is put in place."""
    return f"{_prefix(owner)}{fence}_{day:%Y%m%d}"


def _prefix(owner: str) -> str:
    return f"staging_{uuid.UUID(owner).hex}_"


def fence_of(table: str) -> int:
    """Return the fence that stands in the name of a table aside."""
    return int(table.split("_")[2])


def aside(source: BigQuery, owner: str, fence: int | None = None) -> list[str]:
    """Return an organization's tables aside, of fences below one only where it is given."""
    found = source.tables(_prefix(owner))
    return [name for name in found if fence is None or fence_of(name) < fence]
