"""Runs one claimed job: its kind asks the engine, the result is stored, the commit names it."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from reports import lifecycle, limits, results
from reports.models import Job
from reports.monitor import CANCEL, LOST, STOP, TIMEOUT, Monitor, Run
from warehouse.exceptions import (
    LimitExceeded,
    QueryCancelled,
    QueryTooExpensive,
    SourceTimeout,
    WarehouseError,
)

if TYPE_CHECKING:  # web processes import this module too, and must not load the driver
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from reports.kinds import Kind
    from warehouse.cache.l2 import L2
    from warehouse.engine import Answer
    from warehouse.sources.clickhouse import ClickHouse

logger = logging.getLogger(__name__)

STOPPED = "It began to read more than the organization may at a time and was stopped; ask for less."


@dataclass(frozen=True, slots=True)
class Runner:
    """What running a job needs; `keep` is how long results stay."""

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
                self._settle(job, run, error)
            else:
                self._finish(job, answer, stored)

    def _answer(self, job: Job, run: Run) -> tuple[Answer, results.Stored]:
        """Compute and store the answer piece by piece; raises QueryCancelled if it must stop."""
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
        )
        with closing(computation):
            try:
                pieces = _seen(computation, run)
                stored = results.write(job, pieces, rows=lambda: computation.answer.row_count)
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
        if lifecycle.succeed(job, facts, now=now, keep=self.keep):
            if job.attempt > 1:
                results.discard_unnamed(job)
        else:
            results.remove(stored)
            self._end_unwanted(job)

    def _end_unwanted(self, job: Job) -> None:
        """End a job whose result may not be named: a cancel came first, or the lease is gone."""
        if not lifecycle.confirm_cancel(job, now=self.clock()):
            logger.warning("attempt %s was overtaken; its result is dropped", job.tag)

    def _settle(self, job: Job, run: Run, error: WarehouseError) -> None:
        """Do what the reason for stopping, or else the error, asks for."""
        now = self.clock()
        if run.reason == CANCEL:
            self._end_unwanted(job)
        elif run.reason == STOP:
            lifecycle.hand_back(job, now=now)
        elif run.reason == LOST:
            logger.warning("attempt %s lost its lease and was stopped", job.tag)
        elif run.reason == TIMEOUT:
            self.fail(job, SourceTimeout(), now=now)
        else:
            self.fail(job, error, now=now)

    def fail(self, job: Job, error: WarehouseError, *, now: datetime) -> None:
        """End the job with `error`, or queue it again where another try may do better."""
        failures = job.failures + 1
        if isinstance(error, SourceTimeout) and _limit_was_raised(job):
            lifecycle.hand_back(job, now=now)
        elif error.retryable and failures < limits.MAX_FAILURES:
            wait = error.retry_after or limits.backoff(failures)
            lifecycle.hand_back(job, now=now, wait=wait, failed=True)
        else:
            if not error.expected:
                logger.error("attempt %s failed", job.tag, exc_info=error)
            lifecycle.fail(job, error.to_problem(), now=now)


def _seen(pieces: Iterator[bytes], run: Run) -> Iterator[bytes]:
    """Pass an answer on until it must stop; from its first rows on the stage is writing."""
    for number, piece in enumerate(pieces):
        run.stage = "writing" if number else run.stage
        yield piece
        if run.reason:
            raise QueryCancelled


def _limit_was_raised(job: Job) -> bool:
    """Return whether someone with more time has joined since the attempt began."""
    return Job.objects.filter(pk=job.pk, timeout_seconds__gt=job.timeout_seconds).exists()
