"""Opens handles to a ClickHouse engine, embedded or over HTTP, and keeps them in pools by role."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from warehouse.exceptions import SourceUnavailable
from warehouse.sources.failures import DRIVER_ERRORS, translate
from warehouse.sql.engine import FOLDER, SERVER_SETTINGS

# What may stand behind the `?` of an embedded engine's URL. The engine itself ignores what it
# does not know, so a slip of the pen would silently run without its limit.
CAPS = ("max_server_memory_usage",)
READ_TIMEOUT_SECONDS = 660
WAIT_SECONDS = 30


class Address:
    """Where the engine is, and how a handle to it is opened."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.embedded = parts.scheme == "chdb"
        self._options = self._embedded(parts) if self.embedded else self._remote(parts)

    @property
    def options(self) -> dict[str, Any]:
        """What the driver is given."""
        return dict(self._options)

    def open(self, settings: dict[str, Any]) -> Client:
        """Open one handle whose every query has `settings`; raises SourceUnavailable."""
        try:
            client = clickhouse_connect.get_client(**self._options, settings=settings)
        except DRIVER_ERRORS as error:
            raise SourceUnavailable from error
        if self.embedded:
            # The driver takes the size of the answer for what was read; the engine knows both.
            backend: Any = vars(client)["_backend"]
            backend._summary = read_from_storage
        return client

    def check(self, client: Client) -> None:
        """Raise SourceUnavailable unless the embedded engine is the folder and caps asked for."""
        if not self.embedded:
            return
        path = client.query(FOLDER).result_rows
        if Path(path[0][0]).resolve() != Path(self._options["path"]).resolve():
            raise SourceUnavailable("The embedded engine did not open the folder it was given.")
        rows = client.query(SERVER_SETTINGS, parameters={"names": list(CAPS)}).result_rows
        found = {row[0]: row[1] for row in rows}
        if found != {name: str(cap) for name, cap in self._options["chdb_options"].items()}:
            raise SourceUnavailable("The embedded engine did not take its memory limit.")

    def _embedded(self, parts: SplitResult) -> dict[str, Any]:
        if parts.netloc or not parts.path.startswith("/"):
            raise SourceUnavailable("An embedded engine is named chdb:///ABSOLUTE/PATH.")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        if unknown := sorted(set(given) - set(CAPS)):
            raise SourceUnavailable(f"Unknown parameter of a chdb URL: {', '.join(unknown)}.")
        Path(parts.path).mkdir(parents=True, exist_ok=True)
        caps = {"max_server_memory_usage": physical_memory() // 2} | given
        return {"interface": "chdb", "path": parts.path, "chdb_options": caps}

    def _remote(self, parts: SplitResult) -> dict[str, Any]:
        if parts.scheme not in {"http", "https", "clickhouse", "clickhouses"} or not parts.hostname:
            raise SourceUnavailable("The event store is named chdb:///PATH or http(s)://HOST:PORT.")
        secure = parts.scheme in {"https", "clickhouses"}
        return {
            "interface": "https" if secure else "http",
            "host": parts.hostname,
            "port": parts.port or (8443 if secure else 8123),
            "username": parts.username or "default",
            "password": parts.password or "",
            "connect_timeout": 5,
            "send_receive_timeout": READ_TIMEOUT_SECONDS,
            "autogenerate_session_id": False,
            "form_encode_query_params": True,
        }


class Pool:
    """Handles of one role: a thread takes one for one call, at most `size` are open."""

    def __init__(self, make: Callable[[], Client], size: int) -> None:
        self._make = make
        self._free: list[Client] = []
        self._closed = False
        self._room = threading.Semaphore(size)
        self._lock = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[Client]:
        """Lend a handle; driver errors leave as ours, and a handle that broke is not kept."""
        if not self._room.acquire(timeout=WAIT_SECONDS):
            raise SourceUnavailable("Too many queries are running; try again in a moment.")
        try:
            with self._lend() as client:
                yield client
        finally:
            self._room.release()

    def close(self) -> None:
        """Close the idle handles now and the others as they come back."""
        with self._lock:
            self._closed = True
            idle, self._free = self._free, []
        for client in idle:
            client.close()

    @contextmanager
    def _lend(self) -> Iterator[Client]:
        with self._lock:
            if self._closed:
                raise SourceUnavailable("The data source is closing.")
            client = self._free.pop() if self._free else None
        client = client or self._make()
        sound = False
        try:
            yield client
            sound = True
        except DRIVER_ERRORS as error:
            sound = getattr(error, "code", None) is not None
            raise translate(error) from error
        finally:
            self._give_back(client, sound=sound)

    def _give_back(self, client: Client, *, sound: bool) -> None:
        with self._lock:
            keep = sound and not self._closed
            if keep:
                self._free.append(client)
        if not keep:
            client.close()


def read_from_storage(result: Any) -> dict[str, int]:
    """Return what an embedded engine read from its tables for a result."""
    return {"read_rows": result.storage_rows_read(), "read_bytes": result.storage_bytes_read()}


def physical_memory() -> int:
    """Return this machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
