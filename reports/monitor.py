"""Watches the jobs this process runs: keeps their leases, sees who wants them stopped, tells
their progress.

Leases are judged by the clock, how long a run takes by a timer: a clock may be put back or on. Two
threads, so that a slow engine never costs a lease: one talks to the database (heartbeat,
cancel flags), the other to the engine (progress, kill).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import close_old_connections, connections, transaction

from reports import progress
from reports.models import Job
from warehouse.exceptions import QueryCancelled, WarehouseError

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.25
GRACE_SECONDS = 1.0
"""How long past its limit a query may run before we stop what the engine should have stopped."""
CANCEL, STOP, TIMEOUT, LOST = "cancel", "stop", "timeout", "lost"


class Engine(Protocol):
    """What the monitor needs of the engine."""

    def running(self) -> dict[str, Any]:
        """Return the progress of each running query by tag."""

    def kill(self, tag: str) -> None:
        """Stop the query; return when the engine says that it is gone."""


@dataclass(slots=True)
class Run:
    """One attempt under way; `reason` says why it must stop, once it must.

    `began`, `beaten` (its lease was renewed) and `told` (its progress was) are times of the timer,
    in seconds; it may run for `limit` seconds.
    """

    job: Job
    began: float
    lease_until: datetime
    limit: int
    beaten: float = field(init=False)
    told: float = field(init=False)
    stage: str = "reading"
    reason: str = ""

    def __post_init__(self) -> None:
        self.beaten = self.told = self.began

    def check(self) -> None:
        """Raise `QueryCancelled` if the attempt must stop."""
        if self.reason:
            raise QueryCancelled


class Monitor:
    """The monitor of one worker process."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime],
        lease_seconds: int,
        stopping: threading.Event,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self.timer = timer
        self._lease = timedelta(seconds=lease_seconds)
        self._stopping = stopping
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._to_kill = threading.Event()

    def start(self) -> None:
        """Start both threads."""
        for name, step, wait in (
            ("report-leases", self.beat, self._closed.wait),
            ("report-engine", self.look, self._wait_for_kill),
        ):
            thread = threading.Thread(target=self._loop, args=(step, wait), name=name, daemon=True)
            thread.start()

    def close(self) -> None:
        """Let both threads end."""
        self._closed.set()
        self._to_kill.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._runs

    @contextmanager
    def watch(self, job: Job) -> Iterator[Run]:
        """Watch the claimed job for as long as the block runs."""
        lease_until = job.lease_until or self._clock()
        run = Run(job, self.timer(), lease_until, job.timeout_seconds)
        with self._lock:
            self._runs[job.tag] = run
        try:
            yield run
        finally:
            with self._lock:
                self._runs.pop(job.tag, None)

    def beat(self) -> None:
        """Renew leases that are a quarter through and find out which runs must stop."""
        runs, now = self._snapshot(), self._clock()
        for run in runs:
            if now >= run.lease_until:
                run.reason = run.reason or LOST
        if runs:
            self._read_flags(runs)
            self._renew([run for run in runs if self._tired(run)], now)
        if any(run.reason for run in runs):
            self._to_kill.set()

    def look(self) -> None:
        """Kill what must stop; tell how far the others are."""
        runs, instant = self._snapshot(), self.timer()
        unwanted = [run for run in runs if run.reason]
        if unwanted:
            # All at once: the engine confirms each when its block is done, which may take a while.
            with ThreadPoolExecutor(len(unwanted)) as killers:
                list(killers.map(self._kill, unwanted))
        due = [run for run in runs if not run.reason and instant - run.told >= progress.PERIOD]
        if due:
            states = self._engine.running()
            for run in due:
                run.told = instant
                state = states.get(run.job.tag)
                progress.tell(run.job, state, stage=run.stage, seconds=instant - run.began)

    def _kill(self, run: Run) -> None:
        """Stop one query; one that will not stop, or that cannot be reached, holds up no other."""
        try:
            self._engine.kill(run.job.tag)
        except WarehouseError as error:
            logger.warning("attempt %s is not stopped yet: %s", run.job.tag, error.detail)

    def _read_flags(self, runs: list[Run]) -> None:
        rows = {
            row.pk: row
            for row in Job.objects.filter(pk__in=[run.job.pk for run in runs]).only(
                "attempt", "state", "cancel_requested_at", "timeout_seconds"
            )
        }
        for run in runs:
            run.reason = run.reason or self._reason(run, rows.get(run.job.pk))

    def _reason(self, run: Run, row: Job | None) -> str:
        if row is None or (row.state, row.attempt) != ("running", run.job.attempt):
            return LOST
        run.limit = row.timeout_seconds
        if row.cancel_requested_at:
            return CANCEL
        if self._stopping.is_set():
            return STOP
        return TIMEOUT if self._late(run) > 0 else ""

    def _late(self, run: Run) -> float:
        """Return for how many seconds the run should have been over."""
        return self.timer() - run.began - run.limit - GRACE_SECONDS

    def _tired(self, run: Run) -> bool:
        """Return whether the lease is to be renewed: not of a run that should have stopped."""
        lease = self._lease.total_seconds()
        stuck = self._late(run) > lease
        soon = self.timer() + TICK_SECONDS
        return not stuck and run.reason != LOST and soon - run.beaten >= lease / 4

    def _renew(self, runs: list[Run], now: datetime) -> None:
        if not runs:
            return
        until = now + self._lease
        with transaction.atomic():
            held = [
                Job.objects.filter(
                    pk=run.job.pk,
                    attempt=run.job.attempt,
                    owner=run.job.owner,
                    state="running",
                    lease_until__gt=now,
                ).update(lease_until=until)
                for run in runs
            ]
        for run, renewed in zip(runs, held, strict=True):
            if renewed:
                run.lease_until, run.beaten = until, self.timer()
            else:
                run.reason = run.reason or LOST

    def _snapshot(self) -> list[Run]:
        with self._lock:
            return list(self._runs.values())

    def _wait_for_kill(self, seconds: float) -> bool:
        if self._to_kill.wait(seconds):
            self._to_kill.clear()
        return self._closed.is_set()

    def _loop(self, step: Callable[[], None], wait: Callable[[float], bool]) -> None:
        try:
            while not wait(TICK_SECONDS):
                try:
                    close_old_connections()
                    step()
                except Exception:  # the top of a thread that must outlive any trouble
                    logger.exception("the monitor stumbled and goes on")
        finally:
            connections.close_all()
