"""The two doors to answers: `lookup` for the web, cache only; `run` for the worker, which computes.

An answer's revision is read before it is computed: rows that arrive meanwhile raise it, and
what was computed without them is not found again.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from warehouse import answer, days
from warehouse.cache import keys
from warehouse.cache.entry import Entry
from warehouse.cache.l1 import L1
from warehouse.cache.l2 import L2
from warehouse.cache.lifetimes import is_over, lifetime
from warehouse.language.fingerprint import fingerprint
from warehouse.language.query import Query
from warehouse.planner.plan import Plan, plan
from warehouse.sql.select import build
from warehouse.sql.statement import Statement


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished result: `body` is its JSON, `etag` a quoted strong tag ready for the header.

    `rows_read` and `bytes_read` say what computing it took: nothing for a kept one.
    """

    body: bytes
    etag: str
    computed_at: datetime
    ttl_seconds: int
    row_count: int
    tier: str
    reason: str
    rows_read: int = 0
    bytes_read: int = 0


class Result(Protocol):
    """What a source gives back for a statement."""

    @property
    def rows(self) -> list[tuple[Any, ...]]: ...  # noqa: D102
    @property
    def rows_read(self) -> int: ...  # noqa: D102
    @property
    def bytes_read(self) -> int: ...  # noqa: D102
    @property
    def elapsed_ms(self) -> float: ...  # noqa: D102


class Source(Protocol):
    """What computes: the web imports this module and must not import a driver."""

    def run(self, statement: Statement, *, tag: str, timeout_seconds: float = 30) -> Result:
        """Run a statement under `tag`."""


def lookup(query: Query, *, cache: L1, now: datetime) -> Answer | None:
    """Return the answer kept for `query`, or None; asks only the cache and the day rows."""
    entry = cache.get(_recent_key(query, cache, now), query.organization)
    if entry is None:
        return None
    over = is_over(query, entry.computed_at)
    reason = "window is over and unchanged" if over else "within its lifetime"
    return _answer(entry, tier=entry.tier, reason=reason)


def forget(query: Query, *, cache: L1, now: datetime) -> None:
    """Drop what this process holds of the answer to `query`: it was computed anew."""
    cache.forget(_recent_key(query, cache, now))


def run(
    query: Query,
    *,
    clickhouse: Source,
    cache: L2 | None,
    now: datetime,
    tag: str,
    timeout_seconds: float,
) -> Answer:
    """Compute the answer to `query` and keep it; raises what the source raises."""
    key = _key(query, _revision(query, now))
    watermark = days.watermark(query.organization, query.window)
    found = plan(query)
    result = clickhouse.run(build(found), tag=tag, timeout_seconds=timeout_seconds)
    rows, truncated = answer.page(found, result.rows)
    seconds = lifetime(query, now)
    meta = {
        **_meta(found, result),
        "row_count": len(rows),
        "truncated": truncated,
        "watermark": watermark and watermark.isoformat(),
        "computed_at": now.isoformat(),
        "ttl_seconds": seconds,
    }
    body = answer.render(found, rows, meta)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    entry = Entry(query.organization, body, etag, now, seconds, len(rows))
    if cache is not None:
        cache.put(key, entry)
    computed = _answer(entry, tier="none", reason=f"computed from {found.table}: {found.reason}")
    return replace(computed, rows_read=result.rows_read, bytes_read=result.bytes_read)


def _meta(found: Plan, result: Result) -> dict[str, Any]:
    query = found.query
    return {
        "organization": query.organization_slug or query.organization,
        "window": {
            "start": answer.rfc3339(query.window.start, query.timezone),
            "end": answer.rfc3339(query.window.end, query.timezone),
        },
        "granularity": query.granularity,
        "timezone": query.timezone,
        "table": found.table,
        "source": found.source,
        "rows_read": result.rows_read,
        "bytes_read": result.bytes_read,
        "elapsed_ms": round(result.elapsed_ms, 1),
        "exact": True,
    }


def _recent_key(query: Query, cache: L1, now: datetime) -> str:
    days_of = (query.organization, query.window)
    return _key(query, cache.recent(days_of, lambda: _revision(query, now)))


def _key(query: Query, revision: int) -> str:
    return keys.key(query.organization, fingerprint(query), revision)


def _revision(query: Query, now: datetime) -> int:
    return days.revision(query.organization, query.window, now=now)


def _answer(entry: Entry, *, tier: str, reason: str) -> Answer:
    return Answer(
        body=entry.body,
        etag=entry.etag,
        computed_at=entry.computed_at,
        ttl_seconds=entry.ttl_seconds,
        row_count=entry.row_count,
        tier=tier,
        reason=reason,
    )
