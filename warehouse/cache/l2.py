"""The cache all processes share, in Redis: finished answers under their keys.

Redis may be empty, hung or gone: every failure is a miss, and after one we leave it alone for a
moment, so that a hung server does not cost each request its time limit.
"""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import redis

from warehouse.cache import keys
from warehouse.cache.entry import Entry
from warehouse.exceptions import SourceUnavailable

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
LARGEST_BODY = 8 * 1024 * 1024
SCANNED_AT_ONCE = 1_000
FORM = b"1"
HEADER_FIELDS = 6


class L2:
    """Answers in Redis; safe to use from any thread."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._quiet_until = 0.0
        self._down = False

    def get(self, key: str, organization: str) -> Entry | None:
        """Return the entry under `key`, if it is there and belongs to `organization`."""
        if self._is_quiet():
            return None
        try:
            packed = self._fetch(key)
        except redis.RedisError as error:
            self._fail(error)
            return None
        self._recover()
        entry = unpack(packed) if isinstance(packed, bytes) else None
        return entry if entry and entry.organization == organization else None

    def _fetch(self, key: str) -> object:
        """Send one GET; the client's own `get` spends more time on itself than on the way."""
        pool = self._redis.connection_pool
        connection = pool.get_connection()
        try:
            connection.send_command("GET", key)  # type: ignore[no-untyped-call]
            return connection.read_response()
        finally:
            pool.release(connection)

    def put(self, key: str, entry: Entry) -> None:
        """Keep `entry` for its lifetime; very large bodies are not kept."""
        if len(entry.body) > LARGEST_BODY or self._is_quiet():
            return
        try:
            self._redis.set(key, pack(entry), ex=max(entry.ttl_seconds, 1))
        except redis.RedisError as error:
            self._fail(error)
        else:
            self._recover()

    def count(self, organization: str) -> int:
        """Return how many answers are kept for an organization; raises `SourceUnavailable`."""
        return sum(len(found) for found in self._of(organization))

    def forget(self, organization: str) -> None:
        """Drop every answer kept for an organization; raises `SourceUnavailable`."""
        for found in self._of(organization):
            try:
                self._redis.unlink(*found)
            except redis.RedisError as error:
                raise SourceUnavailable("The cache is out of reach.") from error

    def _of(self, organization: str) -> Iterator[list[Any]]:
        """Yield the keys of an organization's answers, some at a time."""
        cursor, pattern = 0, keys.of_organization(organization)
        while True:
            try:
                cursor, found = self._redis.scan(cursor, match=pattern, count=SCANNED_AT_ONCE)
            except redis.RedisError as error:
                raise SourceUnavailable("The cache is out of reach.") from error
            if found:
                yield found
            if not cursor:
                return

    def _is_quiet(self) -> bool:
        return self._down and time.monotonic() < self._quiet_until

    def _fail(self, error: redis.RedisError) -> None:
        self._quiet_until = time.monotonic() + PAUSE_SECONDS
        if not self._down:
            self._down = True
            logger.warning("The cache is out of reach: %s", type(error).__name__)

    def _recover(self) -> None:
        if self._down:
            self._down = False
            logger.warning("The cache is back.")


def pack(entry: Entry) -> bytes:
    """Return an entry as bytes: a few short lines, then the body as it is."""
    header = (
        FORM.decode(),
        entry.organization,
        entry.etag,
        repr(entry.computed_at.timestamp()),
        str(entry.ttl_seconds),
        str(entry.row_count),
    )
    return "\n".join(header).encode() + b"\n" + entry.body


def unpack(packed: bytes) -> Entry | None:
    """Read what `pack` wrote, or None if it is something else."""
    parts = packed.split(b"\n", HEADER_FIELDS)
    if len(parts) != HEADER_FIELDS + 1 or parts[0] != FORM:
        return None
    _, organization, etag, computed, ttl, count, body = parts
    return Entry(
        organization=organization.decode(),
        body=body,
        etag=etag.decode(),
        computed_at=datetime.fromtimestamp(float(computed), UTC),
        ttl_seconds=int(ttl),
        row_count=int(count),
    )
