"""Who comes between: a store in which a test lets things happen, and two at once in its order."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Queue
from typing import Any

import pytest
from django.db import connection, connections

from reports.stores.folder import Folder

PATIENCE = 20
two_writers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets only one write at a time"
)


def nothing(name):
    """Let it happen."""


def refuse(name):
    """Let it fail."""
    raise PermissionError(13, "Permission denied", name)


class Meddled(Folder):
    """A folder that says when a draft begins and has its name, before a file is used or goes."""

    def __init__(
        self,
        *,
        drafting=nothing,
        drafted=nothing,
        seeking=nothing,
        reading=nothing,
        deleting=nothing,
        **options,
    ):
        super().__init__(**options)
        self._drafting, self._drafted, self._reading = drafting, drafted, reading
        self._seeking, self._deleting = seeking, deleting

    @contextmanager
    def draft(self, name):
        self._drafting(name)
        with super().draft(name) as draft:
            yield draft
        self._drafted(name)

    def exists(self, name):
        self._seeking(name)
        return super().exists(name)

    def reader(self, name):
        self._reading(name)
        return super().reader(name)

    def delete(self, name):
        self._deleting(name)
        super().delete(name)


def meddle(settings, **happens):
    """Keep results, in the folder they are in, where this happens."""
    options = {**settings.STORAGES["results"]["OPTIONS"], **happens}
    results = {"BACKEND": f"{__name__}.{Meddled.__name__}", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "results": results}


def once(act):
    """Return what does `act` when it is called for the first time, and nothing later."""
    left = [act]
    return lambda name: left.pop()() if left else None


@contextmanager
def before(*steps):
    """Do what each step says before the first statement with its words; all must come, in order."""
    left = list(steps)

    def execute(run, sql, *how):
        if left and left[0][0] in sql:
            left.pop(0)[1]()
        return run(sql, *how)

    with connection.execute_wrapper(execute):
        yield
    assert not left, f"there was no statement with {left[0][0]}"


def meanwhile(act: Callable[[], Any]) -> "Future[Any]":
    """Begin `act` in a thread; return its future once it has ended or waits for a lock."""
    backends: Queue[int] = Queue()

    def run():
        try:
            connection.ensure_connection()
            backends.put(connection.connection.info.backend_pid)
            return act()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    backend = backends.get(timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while not (future.done() or _waits(backend)):
        assert time.monotonic() < deadline, "it neither ends nor waits for a lock"
        time.sleep(0.005)
    return future


def _waits(backend):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [backend])
        return cursor.fetchone()[0]
