"""Runs one claimed export: makes the format aside, and names it if it may still be read."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from reports import lifecycle, progress, results, settling
from reports.formats import Format
from reports.models import Job
from reports.monitor import Monitor, Run
from reports.results import Stored
from warehouse.exceptions import Gone, QueryCancelled, WarehouseError

STAGE = "writing"


@dataclass(slots=True)
class Written:
    """How far an export is."""

    rows_read: int
    rows_total: int
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class Exporter:
    """What running an export needs."""

    monitor: Monitor
    clock: Callable[[], datetime]

    def run(self, job: Job) -> None:
        """Bring the claimed job to its end, or back into the queue; never raises what is ours."""
        with self.monitor.watch(job) as run:
            run.stage = STAGE
            try:
                self._export(job, run)
            except WarehouseError as error:
                settling.settle(job, run, error, now=self.clock())

    def fail(self, job: Job, error: WarehouseError, *, now: datetime) -> None:
        """End the job with `error`, or queue it again where another try may do better."""
        settling.fail(job, error, now=now)

    def _export(self, job: Job, run: Run) -> None:
        source = Job.objects.filter(pk=job.request["job"], state="succeeded").first()
        if source is None:
            raise Gone
        format_ = results.format_of(source, job.request["format"])
        beginning = f"export-{job.pk}-"
        if job.attempt > 1:
            results.discard_attempts(source, beginning)
        told = self._teller(job, run, source.result_rows or 0)
        stored = results.make(source, format_, f"{beginning}{job.attempt}", told)
        if not self._named(job, source, format_, stored):
            settling.end_unwanted(job, now=self.clock())

    def _named(self, job: Job, source: Job, format_: Format, stored: Stored) -> bool:
        """End the job and name what it has made, in one; False if it was fenced off or cancelled.

        Raises `Gone` if the result has expired meanwhile: what was stored for it is deleted.
        """
        now = self.clock()
        facts = {"rows_read": stored.rows, "rows_total": stored.rows}
        with transaction.atomic():
            wanted = results.readable(source)
            kept = wanted and results.keep(source, format_, stored) is not None
            # A copy: if the commit fails, the job is handed back as what it still is.
            named = wanted and lifecycle.succeed(copy(job), facts, now=now, keep=timedelta())
            if not named:
                transaction.set_rollback(True)
        if not (named and kept):
            results.remove(stored)
        if not wanted:
            raise Gone
        return named

    def _teller(self, job: Job, run: Run, total: int) -> Callable[[int], None]:
        """Return what tells of rows written, and stops the work when it must stop."""

        last = run.began

        def told(rows: int) -> None:
            nonlocal last
            if run.reason:
                raise QueryCancelled
            now = self.monitor.timer()
            if now - last >= progress.PERIOD:
                last = now
                written = Written(rows, total)
                progress.tell(job, written, stage=STAGE, seconds=now - run.began)

        return told
