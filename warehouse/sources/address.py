"""Where a ClickHouse engine is: reads its URL and opens a driver's client to it."""

import os
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from warehouse.exceptions import SourceTimeout, SourceUnavailable
from warehouse.sources.cold import described
from warehouse.sources.failures import DRIVER_ERRORS, stalled
from warehouse.sql.engine import FOLDER, SERVER_SETTINGS

# What may stand behind the `?` of an embedded engine's URL. The engine itself ignores what it
# does not know, so a slip of the pen would silently run without its limit.
CAPS = ("max_server_memory_usage",)
ARCHIVE = "archive"
"""The folder of old events; beside the engine's own, unless its URL says otherwise."""
ROOM = {"background_merges_mutations_concurrency_ratio": 32}
"""So many tasks may wait for each background thread. At the engine's two, what removes rows from a
table of more than four parts sleeps between each four: seconds, in the end minutes."""
CONNECT_SECONDS = 3


class Address:
    """One engine: embedded in this process, or a server reached over HTTP."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            self.embedded = parts.scheme == "chdb"
            self._options = self._embedded(parts) if self.embedded else self._remote(parts)
        except ValueError:
            # The words of the standard library repeat pieces of the URL, maybe of its password.
            raise SourceUnavailable("The URL of the event store cannot be read.") from None

    @property
    def options(self) -> dict[str, Any]:
        """What the driver is given."""
        return dict(self._options)

    def open(self, seconds: float) -> Client:
        """Open a client, waiting up to `seconds` for each of the server's answers.

        Raises SourceTimeout when it falls silent, else SourceUnavailable.
        """
        options = (
            self.options
            if self.embedded
            else self._options | {"send_receive_timeout": max(1, ceil(seconds))}
        )
        try:
            return clickhouse_connect.get_client(**options)
        except DRIVER_ERRORS as error:
            raise (SourceTimeout if stalled(error) else SourceUnavailable) from error

    def check(self, client: Client) -> None:
        """Raise SourceUnavailable unless the embedded engine is the folder and caps asked for."""
        if not self.embedded:
            return
        path = client.query(FOLDER).result_rows
        if Path(path[0][0]).resolve() != Path(self._options["path"]).resolve():
            raise SourceUnavailable("The embedded engine did not open the folder it was given.")
        rows = client.query(SERVER_SETTINGS, parameters={"names": [*CAPS, *ROOM]}).result_rows
        found = {row[0]: row[1] for row in rows}
        if found != {name: str(self._options["chdb_options"][name]) for name in (*CAPS, *ROOM)}:
            raise SourceUnavailable("The embedded engine did not take its limits.")

    def _embedded(self, parts: SplitResult) -> dict[str, Any]:
        if parts.netloc or not parts.path.startswith("/"):
            raise SourceUnavailable("An embedded engine is named chdb:///ABSOLUTE/PATH.")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        if unknown := sorted(set(given) - {*CAPS, ARCHIVE}):
            raise SourceUnavailable(f"Unknown parameter of a chdb URL: {', '.join(unknown)}.")
        archive = Path(given.pop(ARCHIVE, f"{parts.path.rstrip('/')}-{ARCHIVE}"))
        if not archive.is_absolute():
            raise SourceUnavailable("The archive of a chdb URL is named by an absolute path.")
        Path(parts.path).mkdir(parents=True, exist_ok=True)
        caps = {"max_server_memory_usage": physical_memory() // 2, **ROOM} | given
        options = caps | {"config-file": str(described(archive))}
        return {"interface": "chdb", "path": parts.path, "chdb_options": options}

    def _remote(self, parts: SplitResult) -> dict[str, Any]:
        if parts.scheme not in {"http", "https", "clickhouse", "clickhouses"} or not parts.hostname:
            raise SourceUnavailable("The event store is named chdb:///PATH or http(s)://HOST:PORT.")
        secure = parts.scheme in {"https", "clickhouses"}
        return {
            "interface": "https" if secure else "http",
            "host": parts.hostname,
            "port": parts.port or (8443 if secure else 8123),
            "username": unquote(parts.username or "default"),
            "password": unquote(parts.password or ""),
            "connect_timeout": CONNECT_SECONDS,
            "compress": "lz4",
            "query_retries": 0,
            "dedicated_pool": True,
            "autogenerate_session_id": False,
            "form_encode_query_params": True,
        }


def addresses(urls: str) -> list[Address]:
    """Read one URL, or those of several servers with commas between; the first is written to."""
    found = [Address(url.strip()) for url in urls.split(",")]
    if len(found) > 1 and any(address.embedded for address in found):
        raise SourceUnavailable("An embedded engine stands alone: it has no replicas.")
    return found


def physical_memory() -> int:
    """Return this machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
