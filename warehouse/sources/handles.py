"""Handles to engines, each used by one thread at a time, and the pools that lend them."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.httpclient import HttpClient

from warehouse.exceptions import SourceUnavailable, WarehouseError
from warehouse.sources.address import Address
from warehouse.sources.failures import told
from warehouse.sources.limits import READING, allowed, question_limits
from warehouse.sources.wire import Wire
from warehouse.sql import walls
from warehouse.sql.statement import Statement

WAIT_SECONDS = 30.0
# How long a server may be silent beyond the time it was told to answer in.
GRACE_SECONDS = 2.0


class Handle:
    """A client of one server, with one connection of its own."""

    def __init__(self, address: Address, *, reads: bool, seconds: float) -> None:
        self.address = address
        self.client = address.open(seconds + GRACE_SECONDS)
        self._wire = Wire(self.client) if isinstance(self.client, HttpClient) else None
        self.progress: dict[str, int] = {}
        if self._wire is None:
            self._listen()
        if reads:
            with told(), closed_on_error(self.client):
                self._bound()

    def prepare_read(
        self, statement: Statement, tag: str, seconds: float, most_rows: int | None
    ) -> dict[str, Any]:
        """Return the settings of one read, among them whose rows it is shown."""
        shown = allowed(self.client, walls.settings(statement.owners))
        return shown | self.prepare(tag, seconds, most_rows)

    def prepare(self, tag: str, seconds: float, most_rows: int | None = None) -> dict[str, Any]:
        """Return the settings of one statement, and wait no longer than it may take."""
        settings: dict[str, Any] = {"log_comment": tag, "max_execution_time": max(seconds, 0.001)}
        if most_rows is not None:
            settings |= {"max_rows_to_read": most_rows, "read_overflow_mode": "throw"}
        settings = allowed(self.client, settings)
        self.progress.clear()
        self.wait(seconds)
        # A user who may set nothing can still name a query: there the tag is found as well.
        return settings if self._wire is None else settings | {"query_id": f"{tag}~{uuid4().hex}"}

    def wait(self, seconds: float) -> None:
        """Count the server as stalled when it says nothing for a little longer than `seconds`."""
        if self._wire is not None:
            self._wire.wait(seconds + GRACE_SECONDS)

    def drop(self) -> None:
        """Leave an answer unread: the engine cancels its query."""
        if self._wire is not None:
            self._wire.drop()

    def close(self) -> None:
        """Give the connection up."""
        self.client.close()

    def _bound(self) -> None:
        limits: Mapping[str, int] = question_limits(self.client, embedded=self.address.embedded)
        for name, value in allowed(self.client, {**limits, **READING, "readonly": 2}).items():
            self.client.set_client_setting(name, value)

    def _listen(self) -> None:
        # The driver takes the size of the answer for what was read; the engine knows both.
        backend: Any = vars(self.client)["_backend"]
        backend._summary = read_from_storage
        backend._handle.conn.set_progress_callback(self.progress.update)


class Pool:
    """Handles of one role: a thread takes one for one call, at most `size` are open."""

    def __init__(self, size: int, *, reads: bool = False) -> None:
        self._reads = reads
        self.size = size
        self._free: list[Handle] = []
        self._lent = 0
        self._closed = False
        self._room = threading.Semaphore(size)
        self._lock = threading.Lock()

    @contextmanager
    def take(self, address: Address, seconds: float = WAIT_SECONDS) -> Iterator[Handle]:
        """Lend a handle to the server; one that broke is closed."""
        began = time.monotonic()
        if not self._room.acquire(timeout=min(WAIT_SECONDS, seconds)):
            raise SourceUnavailable("Too many queries are running; try again in a moment.")
        try:
            with self._lend(address, seconds - (time.monotonic() - began)) as handle:
                yield handle
        finally:
            self._room.release()

    def close(self) -> None:
        """Close the idle handles now and the others as they come back."""
        with self._lock:
            self._closed = True
            idle, self._free = self._free, []
        for handle in idle:
            handle.close()

    @property
    def open(self) -> int:
        """How many handles there are, lent and idle."""
        with self._lock:
            return self._lent + len(self._free)

    @contextmanager
    def _lend(self, address: Address, seconds: float) -> Iterator[Handle]:
        handle = self._idle(address)
        sound = False
        try:
            handle = handle or Handle(address, reads=self._reads, seconds=seconds)
            yield handle
            sound = True
        except WarehouseError as error:
            sound = getattr(error.__cause__, "code", None) is not None
            raise
        finally:
            self._give_back(handle, sound=sound)

    def _idle(self, address: Address) -> Handle | None:
        """Count one more as lent: an idle one of that server, or room for a new one."""
        with self._lock:
            if self._closed:
                raise SourceUnavailable("The data source is closing.")
            mine = next((one for one in self._free if one.address is address), None)
            surplus = None
            if mine is not None:
                self._free.remove(mine)
            elif self._free and self._lent + len(self._free) >= self.size:
                surplus = self._free.pop(0)
            self._lent += 1
        if surplus is not None:
            surplus.close()
        return mine

    def _give_back(self, handle: Handle | None, *, sound: bool) -> None:
        with self._lock:
            self._lent -= 1
            keep = handle is not None and sound and not self._closed
            if keep and handle is not None:
                self._free.append(handle)
        if not keep and handle is not None:
            handle.close()


@contextmanager
def closed_on_error(client: Client) -> Iterator[None]:
    """Close a client whose first steps fail: nobody else knows of it."""
    try:
        yield
    except BaseException:
        client.close()
        raise


def read_from_storage(result: Any) -> dict[str, int]:
    """Return what an embedded engine read from its tables for a result."""
    return {"read_rows": result.storage_rows_read(), "read_bytes": result.storage_bytes_read()}
