"""The ClickHouse engine, embedded or remote: run, insert, watch and stop.

Readers, writers and control each have handles of their own, so that a KILL never waits behind
the query it is meant for.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa

from warehouse.exceptions import SourceTimeout
from warehouse.sources.handles import Address, Pool, physical_memory
from warehouse.sql.processes import KILL, RUNNING
from warehouse.sql.statement import Statement

READERS, WRITERS, CONTROLS = 14, 8, 3
KILL_SECONDS = 10.0
KILL_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: plain Python values, one tuple a row, with what it took to read them."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    rows_read: int
    bytes_read: int
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running query is; `rows_total` is the engine's own estimate."""

    rows_read: int
    rows_total: int
    bytes_read: int
    elapsed_ms: int


class ClickHouse:
    """One engine, safe to use from any thread."""

    def __init__(self, address: Address) -> None:
        self._active: Counter[str] = Counter()
        self._finished = threading.Condition()
        limits = query_limits(embedded=address.embedded)
        self._controls = Pool(lambda: address.open({}), CONTROLS)
        self._readers = Pool(lambda: address.open(limits | {"readonly": 2}), READERS)
        self._writers = Pool(lambda: address.open({}), WRITERS)
        with self._controls.take() as client:
            address.check(client)
            self.version = str(client.server_version)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open `chdb:///PATH` or `http(s)://USER:PASSWORD@HOST:PORT`; raises SourceUnavailable."""
        return cls(Address(url))

    def close(self) -> None:
        """Close every handle; an embedded engine stops with its last one."""
        for pool in (self._readers, self._writers, self._controls):
            pool.close()

    def run(self, statement: Statement, *, tag: str, timeout_seconds: float = 30) -> Rows:
        """Run a read-only statement; `tag` is what `running` and `kill` know it by.

        Raises SourceTimeout, QueryCancelled, SourceUnavailable, SourceError or QueryRejected.
        """
        settings = {"log_comment": tag, "max_execution_time": timeout_seconds}
        with self._known(tag), self._readers.take() as client:
            began = time.perf_counter()
            result = client.query(
                statement.text, parameters=dict(statement.parameters), settings=settings
            )
            rows = [tuple(row) for row in result.result_rows]
            elapsed = (time.perf_counter() - began) * 1000
        summary = result.summary
        return Rows(
            names=tuple(result.column_names),
            types=tuple(kind.name for kind in result.column_types),
            rows=rows,
            rows_read=int(summary.get("read_rows", 0)),
            bytes_read=int(summary.get("read_bytes", 0)),
            elapsed_ms=round(elapsed, 3),
        )

    @contextmanager
    def stream(self, statement, *, tag, timeout_seconds=30, max_rows_to_read=None):
        found = self.run(statement, tag=tag, timeout_seconds=timeout_seconds)

        class S:
            rows_read = found.rows_read
            bytes_read = found.bytes_read
            elapsed_ms = found.elapsed_ms

            def __iter__(self):
                return iter([found.rows])

        yield S()

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Insert `rows` into `table` of our database once, however often `token` is repeated.

        Columns are matched by name; those left out take their defaults.
        """
        settings = {
            "insert_deduplication_token": token,
            "insert_deduplicate": 1,
            "async_insert": 0,
            # One thread cuts the same rows into the same blocks each time: the token counts them.
            "max_insert_threads": 1,
            "max_partitions_per_insert_block": 0,
            "parallel_view_processing": 1,
        }
        with self._writers.take() as client:
            client.insert_arrow(table, rows.combine_chunks(), database="trellis", settings=settings)

    def command(self, statement: Statement) -> None:
        """Run a statement that changes the schema."""
        with self._writers.take() as client:
            client.command(statement.text, parameters=dict(statement.parameters) or None)

    def running(self) -> dict[str, Progress]:
        """Return the progress of every tagged query the engine runs now."""
        with self._controls.take() as client:
            rows = client.query(RUNNING.text).result_rows
        return {
            tag: Progress(int(read), max(int(total), int(read)), int(size), int(seconds * 1000))
            for tag, read, total, size, seconds in rows
        }

    def kill(self, tag: str) -> None:
        """Stop the query of `tag` and return when the engine confirms that it is gone.

        Raises SourceTimeout when it has not stopped within ten seconds.
        """
        deadline = time.monotonic() + KILL_SECONDS
        while True:
            with self._controls.take() as client:
                client.command(KILL, parameters={"tag": tag})
            if not self._is_active(tag) and tag not in self.running():
                return
            if time.monotonic() > deadline:
                raise SourceTimeout("The query did not stop when told to.")
            with self._finished:
                self._finished.wait(KILL_PAUSE_SECONDS)

    @contextmanager
    def _known(self, tag: str) -> Iterator[None]:
        """Count a call from before it reaches the engine, so a kill in between is not too early."""
        with self._finished:
            self._active[tag] += 1
        try:
            yield
        finally:
            with self._finished:
                self._active[tag] -= 1
                self._active += Counter()
                self._finished.notify_all()

    def _is_active(self, tag: str) -> bool:
        with self._finished:
            return self._active[tag] > 0


def query_limits(*, embedded: bool) -> dict[str, Any]:
    """Return the limits of one question; a server has its own, set by its operator."""
    if not embedded:
        return {}
    most = physical_memory() // 4
    return {"max_memory_usage": most, "max_bytes_before_external_group_by": most // 2}
