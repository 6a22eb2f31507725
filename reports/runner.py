"""Runs one claimed job: its kind asks the engine, the result is stored, the commit names it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from reports import lifecycle, limits, results, settling
from warehouse.exceptions import LimitExceeded, QueryTooExpensive, WarehouseError

if TYPE_CHECKING:  # web processes import this module too, and must not load the driver
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from reports.kinds import Kind
    from reports.models import Job
    from reports.monitor import Monitor, Run
    from warehouse.cache.l2 import L2
    from warehouse.document import Page
    from warehouse.engine import Answer, Computation
    from warehouse.sources.clickhouse import ClickHouse

STOPPED = "It began to read more than the organization may at a time and was stopped; ask for less."


class Runs(Protocol):
    """What runs the claimed jobs of a queue."""

    def run(self, job: Job) -> None:
        """Bring the claimed job to its end, or back into the queue."""

    def fail(self, job: Job, error: WarehouseError, *, now: datetime) -> None:
        """End the job with `error`, or queue it again where another try may do better."""


@dataclass(frozen=True, slots=True)
class Runner:
    """What running a job needs; `keep` is how long results stay where nothing else is said."""

    kinds: Mapping[str, Kind]
    clickhouse: ClickHouse
    cache: L2
    monitor: Monitor
    clock: Callable[[], datetime]
    keep: timedelta

    def run(self, job: Job) -> None:
        """Bring the claimed job to its end, or back into the queue; never raises what is ours."""
        with self.monitor.watch(job) as run:
            try:
                answer, stored = self._answer(job, run)
            except WarehouseError as error:
                settling.settle(job, run, error, now=self.clock())
            else:
                self._finish(job, answer, stored)

    def _answer(self, job: Job, run: Run) -> tuple[Answer, results.Stored]:
        """Compute and store the answer page by page; raises QueryCancelled if it must stop."""
        kind = self.kinds[job.kind]
        tenant = job.organization.as_tenant()
        query = kind.parse(
            job.request,
            tenant=tenant,
            now=job.asked_at,
            max_limit=limits.EXPORT_ROWS,
        )
        computation = kind.compute(
            query,
            clickhouse=self.clickhouse,
            cache=self.cache,
            now=self.clock(),
            tag=job.tag,
            timeout_seconds=job.timeout_seconds,
            most_rows=limits.stop_at(tenant.rows_per_query),
            watch=run.check,
        )
        with closing(computation):
            try:
                stored = results.write(job, _Watched(computation, run))
            except LimitExceeded as error:
                raise QueryTooExpensive(STOPPED) from error
        return computation.answer, stored

    def _finish(self, job: Job, answer: Answer, stored: results.Stored) -> None:
        now = self.clock()
        facts = stored.as_columns() | {
            "result_etag": answer.etag,
            "cache": {"tier": answer.tier, "age_seconds": 0, "reason": answer.reason},
            "rows_read": answer.rows_read,
            "rows_total": answer.rows_read,
            "bytes_read": answer.bytes_read,
            "elapsed_ms": (now - (job.started_at or now)) // timedelta(milliseconds=1),
        }
        days = job.organization.result_days
        keep = timedelta(days=days) if days else self.keep
        if lifecycle.succeed(job, facts, now=now, keep=keep):
            if job.attempt > 1:
                results.discard_unnamed(job)
        else:
            results.remove(stored)
            settling.end_unwanted(job, now=now)

    def fail(self, job: Job, error: WarehouseError, *, now: datetime) -> None:
        """End the job with `error`, or queue it again where another try may do better."""
        settling.fail(job, error, now=now)


class _Watched:
    """A computation, handed on until it must stop; from its first rows on the stage is writing."""

    def __init__(self, computation: Computation, run: Run) -> None:
        self._computation, self._run = computation, run
        self.columns, self.zone = computation.columns, computation.zone
        self.granularity = computation.granularity

    @property
    def rest(self) -> bytes:
        """What stands behind the rows, once they were taken."""
        return self._computation.rest

    def __iter__(self) -> Iterator[Page]:
        for page in self._computation:
            self._run.stage = "writing"
            yield page
            self._run.check()
        self._run.check()
