"""The ClickHouse engine, embedded or remote: run, stream, insert, watch and stop.

Readers, writers and control each have handles of their own, so that a KILL never waits behind
the query it is meant for. Reads go to any replica unless they must
see what was just written; everything else to the first server.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Self, TypeVar

import pyarrow as pa

from warehouse.exceptions import SourceError, SourceTimeout, SourceUnavailable
from warehouse.sources.address import Address, addresses
from warehouse.sources.answers import Blocks, Row, Rows, blocks, whole
from warehouse.sources.calls import Calls
from warehouse.sources.failures import ill, told
from warehouse.sources.handles import Handle, Pool
from warehouse.sources.replicas import Replicas
from warehouse.sources.retries import keep_trying
from warehouse.sql.processes import KILL, RUNNING
from warehouse.sql.statement import Statement

READERS, WRITERS, CONTROLS = 14, 8, 3
QUESTION_SECONDS = 30.0
BULK_SECONDS = 600.0
CONTROL_SECONDS = 5.0
KILL_SECONDS = 10.0
KILL_PAUSE_SECONDS = 0.02

__all__ = ["Blocks", "ClickHouse", "Progress", "Rows"]

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running query is; `rows_total` is the engine's own estimate."""

    rows_read: int
    rows_total: int
    bytes_read: int
    elapsed_ms: int


class ClickHouse:
    """One event store, safe to use from any thread."""

    def __init__(self, servers: list[Address], readers: list[Address] | None = None) -> None:
        readers = readers or servers
        if len(readers) != len(servers):
            raise SourceUnavailable("There is to be one URL to read by for each server.")
        self._calls = Calls()
        self._replicas = Replicas(readers)
        self._first, self._first_reader = servers[0], readers[0]
        self._masters = dict(zip(readers, servers, strict=True))
        self._controls = Pool(CONTROLS)
        self._readers = Pool(READERS, reads=True)
        self._writers = Pool(WRITERS)
        with self._controls.take(self._first, CONTROL_SECONDS) as handle, told():
            self._first.check(handle.client)
            self.version = str(handle.client.server_version)

    @classmethod
    def open(cls, url: str, read_url: str = "") -> Self:
        """Open `chdb:///PATH` or `http(s)://USER:PASSWORD@HOST:PORT`, several with commas between.

        `read_url` names the same servers in the same order with the user who reads. Raises
        SourceUnavailable unless the first answers.
        """
        return cls(addresses(url), addresses(read_url) if read_url else None)

    def close(self) -> None:
        """Close every handle; an embedded engine stops with its last one."""
        for pool in (self._readers, self._writers, self._controls):
            pool.close()

    def run(
        self,
        statement: Statement,
        *,
        tag: str,
        timeout_seconds: float = QUESTION_SECONDS,
        max_rows_to_read: int | None = None,
        first: bool = False,
    ) -> Rows:
        """Run a read-only statement; `tag` is what `running` and `kill` know it by.

        `first` asks the server that is written to: replicas may not have what was just written.
        Raises SourceTimeout, QueryCancelled, LimitExceeded, SourceUnavailable, SourceError or
        QueryRejected.
        """

        def attempt(seconds: float) -> Rows:
            with self._reading(seconds, first=first) as handle:
                settings = handle.prepare_read(statement, tag, seconds, max_rows_to_read)
                return whole(handle, statement, settings)

        with self._calls.known(tag):
            return self._try(attempt, tag, timeout_seconds)

    @contextmanager
    def stream(
        self,
        statement: Statement,
        *,
        tag: str,
        timeout_seconds: float = QUESTION_SECONDS,
        max_rows_to_read: int | None = None,
    ) -> Iterator[Blocks]:
        """Run a read-only statement whose answer may be large; raises what `run` raises.

        Leaving early stops the query. The time the reader takes counts as well.
        """

        def attempt(seconds: float) -> tuple[Blocks, ExitStack]:
            with ExitStack() as stack:
                handle = stack.enter_context(self._reading(seconds))
                settings = handle.prepare_read(statement, tag, seconds, max_rows_to_read)
                found = blocks(handle, statement, settings, lambda: self._seen(handle, tag))
                return stack.enter_context(found), stack.pop_all()

        with self._calls.known(tag):
            started, stack = self._try(attempt, tag, timeout_seconds)
            with stack:
                yield started

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Insert `rows` into `table` of our database once, however often `token` is repeated.

        Columns are matched by name; those left out take their defaults.
        """
        table_rows = rows.combine_chunks()
        settings = {
            "insert_deduplication_token": token,
            "insert_deduplicate": 1,
            # Tables fed by this one count the rows once as well, where they remember tokens.
            "deduplicate_blocks_in_dependent_materialized_views": 1,
            "async_insert": 0,
            # One thread cuts the same rows into the same blocks each time: the token counts them.
            "max_insert_threads": 1,
            "max_partitions_per_insert_block": 0,
            "parallel_view_processing": 1,
        }

        def attempt(seconds: float) -> None:
            with self._writers.take(self._first, seconds) as handle, told():
                handle.wait(seconds)
                handle.client.insert_arrow(
                    table,
                    table_rows,
                    database="trellis",
                    settings=settings | {"max_execution_time": seconds},
                )

        with self._calls.known(token):
            self._try(attempt, token, BULK_SECONDS)

    def command(self, statement: Statement, *, tag: str = "command") -> None:
        """Run a statement that changes rows or the schema, and never a second time by itself.

        `running` and `kill` know it by its `tag`, whoever has sent it.
        """
        with self._calls.known(tag), self._writers.take(self._first) as handle, told():
            handle.client.command(
                statement.text,
                parameters=dict(statement.parameters) or None,
                settings=handle.prepare(tag, BULK_SECONDS),
            )

    def ask(self, statement: Statement) -> list[Row]:
        """Return what the first server says of itself, to whoever may write."""
        with self._controls.take(self._first, CONTROL_SECONDS) as handle, told():
            handle.wait(CONTROL_SECONDS)
            found = handle.client.query(statement.text, dict(statement.parameters))
            return [tuple(row) for row in found.result_rows]

    def running(self) -> dict[str, Progress]:
        """Return the progress of every tagged query that any server runs now."""
        answers = self._ask_all(_running, CONTROL_SECONDS)
        return {tag: progress for answer in answers for tag, progress in answer.items()}

    def kill(self, tag: str) -> None:
        """Stop the query of `tag` and return when every server confirms that it is gone.

        Raises SourceTimeout when it has not stopped within ten seconds.
        """
        deadline = time.monotonic() + KILL_SECONDS
        self._calls.stop(tag)
        while True:
            self._ask_all(lambda handle: _kill(handle, tag), KILL_SECONDS)
            if not self._calls.active(tag) and tag not in self.running():
                return
            if time.monotonic() > deadline:
                raise SourceTimeout("The query did not stop when told to.")
            self._calls.wait(KILL_PAUSE_SECONDS)

    def _try(self, attempt: Callable[[float], Found], tag: str, seconds: float) -> Found:
        return keep_trying(
            attempt, seconds=seconds, stopped=lambda pause: self._calls.stopped(tag, pause)
        )

    @contextmanager
    def _reading(self, seconds: float, *, first: bool = False) -> Iterator[Handle]:
        """Lend a handle of some server that seems well, or the first, and remember how it did."""
        server = self._first_reader if first else self._replicas.choose()
        try:
            with self._readers.take(server, seconds) as handle:
                yield handle
        except SourceError as error:
            if ill(error):
                self._replicas.failed(server)
            raise
        self._replicas.well(server)

    def _ask_all(self, ask: Callable[[Handle], Found], seconds: float) -> list[Found]:
        """Return the answers of the servers that give one; raises when none does."""
        found, failures = [], []
        for server in self._replicas.asked():
            try:
                with self._controls.take(self._masters[server], seconds) as handle, told():
                    handle.wait(seconds)
                    found.append(ask(handle))
            except SourceError as error:
                if not ill(error):
                    raise
                self._replicas.failed(server)
                failures.append(error)
        if not found:
            raise failures[0]
        return found

    def _seen(self, reader: Handle, tag: str) -> tuple[int, int]:
        """Return the rows and bytes a server has read for `tag` so far, as far as it tells.

        Nobody waits for that: where no handle is free at once, nothing is known.
        """
        master = self._masters[reader.address]
        with suppress(SourceError), self._controls.take(master, 0) as handle, told():
            handle.wait(CONTROL_SECONDS)
            if progress := _running(handle).get(tag):
                return progress.rows_read, progress.bytes_read
        return 0, 0


def _running(handle: Handle) -> dict[str, Progress]:
    return {
        tag: Progress(int(read), max(int(total), int(read)), int(size), int(seconds * 1000))
        for tag, read, total, size, seconds in handle.client.query(RUNNING.text).result_rows
    }


def _kill(handle: Handle, tag: str) -> None:
    handle.client.command(KILL, parameters={"tag": tag})
