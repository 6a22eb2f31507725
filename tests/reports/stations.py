"""A runner with its monitor, at times the test sets, and a job under way in it."""

import threading
from typing import Any

from django.db import connections

from reports.monitor import Monitor
from reports.runner import Runner
from tests.reports.builders import KEEP, LEASE, NOON, SlowEngine, after, claim, fresh, kinds_by


class Station:
    """A runner with its monitor and a clock that the test sets."""

    def __init__(self, run, engine=None):
        self.now = NOON
        self.jumped = 0
        self.stopping = threading.Event()
        self.engine = engine or SlowEngine()
        self.monitor = Monitor(
            self.engine,
            clock=self.clock,
            timer=lambda: (self.now - NOON).total_seconds() - self.jumped,
            lease_seconds=LEASE,
            stopping=self.stopping,
        )
        parts: tuple[Any, ...] = (self.engine, None, self.monitor, self.clock, KEEP)
        self.runner = Runner(kinds_by(run), *parts)

    def clock(self):
        return self.now

    def at(self, seconds):
        """The monitor, at that time."""
        self.now = after(seconds)
        return self.monitor

    def run(self, job):
        self.runner.run(job)
        return fresh(job)


def failing(error):
    def run(query, **_):
        raise error

    return run


class Underway:
    """A job that runs in a thread until the test lets it."""

    def __init__(self, **question):
        self.engine = SlowEngine()
        self.station = Station(self.engine.run, self.engine)
        self.job = claim()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert self.engine.started.wait(10)

    def end(self):
        self.engine.let.set()
        self.thread.join(10)
        assert not self.thread.is_alive()
        return fresh(self.job)

    def _run(self):
        try:
            self.station.run(self.job)
        finally:
            connections.close_all()
