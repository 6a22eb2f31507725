"""The answer to one question while it is computed: from its plan to the last of its rows."""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Unpack

import orjson

from warehouse import answer, days
from warehouse.cache.entry import Entry
from warehouse.cache.l2 import LARGEST_BODY
from warehouse.cache.lifetimes import lifetime
from warehouse.document import Document, Page
from warehouse.exceptions import Recounting
from warehouse.how import How, Stream
from warehouse.language.beside import around
from warehouse.language.query import Query, Window
from warehouse.language.reach import reach, tells_of_sessions, windows
from warehouse.planner.plan import Column, Plan
from warehouse.series import Row
from warehouse.sql.compiled import compile_query, plan_query
from warehouse.sql.statement import Statement
from warehouse.tally import Tally

RECOUNT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished result: `body` is its JSON, `etag` a quoted strong tag ready for the header.

    Both are empty for one just computed that is too large to be kept. `rows_read` and `bytes_read`
    say what computing it took: nothing for a kept one.
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


class Computation(Iterator[Page]):
    """The answer to a question while it is computed: its rows page by page, in bounded memory.

    Once the last page was taken the answer is kept, if it is small enough; `answer` tells about it,
    and `rest` is the JSON of what stands behind its rows. Raises what the source raises; an answer
    that broke off is never kept.
    """

    def __init__(self, query: Query, key: str, **how: Unpack[How]) -> None:
        self._query, self._key, self._how = query, key, how
        self._raw = how.get("raw", False)
        self._plan, self._statement = compiled(query, raw=self._raw)
        self._read = self._bytes = 0
        self._elapsed = 0.0
        self._tally = Tally()
        self._tally.watch = how.get("watch", self._tally.watch)
        self._pages = self._compute()
        self.columns = self._plan.columns
        self.zone = query.timezone
        self.granularity = query.granularity
        self.answer: Answer
        self.rest: bytes

    def __next__(self) -> Page:
        return next(self._pages)

    def close(self) -> None:
        """Stop computing; the source is told."""
        self._pages.close()

    def _compute(self) -> Generator[Page, None, None]:
        self._check_marks()
        totals, around = self._totals(), self._around()
        body = _Body(self.columns, self.zone, None if self._how.get("whole") else LARGEST_BODY)
        with self._stream(self._statement) as found:
            work = self._how.get("work")
            fold = partial(work, ask=self._ask) if work else None
            for page in answer.pages(self._plan, found, self._tally, fold):
                body.add(page)
                yield page
            self.rest = orjson.dumps(self._rest(totals, around, found))
        self._finish(body.ended(self.rest))

    def _check_marks(self) -> None:
        """Raise Recounting if what is read may not say what the events say.

        Asked before reading and after: the next try then reads what does.
        """
        owner = self._query.organization
        needed = reach(self._query) if tells_of_sessions(self._query) else ()
        needed += windows(self._query) if self._plan.rolled_up else ()
        if needed and not days.rolled_up(owner, needed):
            raise Recounting(retry_after=RECOUNT_SECONDS)

    def _finish(self, body: bytes) -> None:
        query, cache, now = self._query, self._how["cache"], self._how["now"]
        seconds = lifetime(query, now)
        entry = Entry(query.organization, body, _etag(body), now, seconds, self._tally.rows)
        if cache is not None and body:
            cache.put(self._key, entry)
        reason = f"computed from {self._plan.table}: {self._plan.reason}"
        computed = answer_of(entry, tier="none", reason=reason)
        self.answer = replace(computed, rows_read=self._read, bytes_read=self._bytes)

    def _totals(self) -> dict[str, Any] | None:
        """Ask for the same metrics of all events of the question, whatever its rows show."""
        if not self._query.totals:
            return None
        return self._only_row(self._query.in_total(), self._tally)

    def _around(self) -> dict[str, Any]:
        """Count whose events a study is about, as `traffic` does, and what bots were left out."""
        found: dict[str, Any] = {}
        for names, query in around(self._query):
            row = self._only_row(query, Tally())
            found |= {name: row[metric] for name, metric in names.items()}
        return found

    def _only_row(self, query: Query, tally: Tally) -> dict[str, Any]:
        found, rows = self._whole(query)
        return answer.only_row(found, rows, tally)

    def _ask(self, query: Query) -> list[dict[str, Any]]:
        found, rows = self._whole(query)
        names = [column.name for column in found.columns]
        return [dict(zip(names, row, strict=False)) for row in rows[: query.limit]]

    def _whole(self, query: Query) -> tuple[Plan, list[Row]]:
        """Return all rows of a question that is asked beside, as the event store gives them."""
        found, statement = compiled(query, raw=self._raw)
        with self._stream(statement) as blocks:
            rows = [row for block in blocks for row in block]
            self._add(blocks)
        return found, rows

    def _stream(self, statement: Statement) -> AbstractContextManager[Stream]:
        how = self._how
        return how["clickhouse"].stream(
            statement,
            tag=how["tag"],
            timeout_seconds=how["timeout_seconds"],
            max_rows_to_read=how.get("most_rows"),
        )

    def _add(self, found: Stream) -> None:
        self._read += found.rows_read
        self._bytes += found.bytes_read
        self._elapsed += found.elapsed_ms

    def _rest(
        self, totals: dict[str, Any] | None, around: dict[str, Any], found: Stream
    ) -> dict[str, Any]:
        """Return what stands behind the rows of an answer."""
        self._check_marks()
        self._add(found)
        query = self._query
        previous = query.previous and {
            "mode": query.compare,
            "window": _shown(query.previous, query.timezone),
        }
        meta = self._meta() | self._told(around)
        return {"totals": totals, "comparison": previous, "meta": meta}

    def _told(self, around: dict[str, Any]) -> dict[str, Any]:
        """Return what an answer tells of a study: its definition, and counts to reconcile it."""
        query = self._query
        if not query.study:
            return {}
        counts = {**around, **self._tally.counts}
        return {"definition": query.study.definition(query), "counts": counts, **self._tally.more}

    def _meta(self) -> dict[str, Any]:
        query, now = self._query, self._how["now"]
        watermark = days.watermark(query.organization, query.window)
        return {
            "organization": query.organization_slug or query.organization,
            "window": _shown(query.window, query.timezone),
            "granularity": query.granularity,
            "timezone": query.timezone,
            "table": self._plan.table,
            "source": self._plan.source,
            "rows_read": self._read,
            "bytes_read": self._bytes,
            "elapsed_ms": round(self._elapsed, 1),
            "exact": answer.exactness(self._plan, self._tally),
            "row_count": self._tally.rows,
            "truncated": self._tally.truncated,
            "watermark": watermark and watermark.isoformat(),
            "computed_at": now.isoformat(),
            "ttl_seconds": lifetime(query, now),
        }


class _Body:
    """The JSON of an answer, for as long as it is not too large."""

    def __init__(self, columns: Sequence[Column], zone: str, most_bytes: int | None) -> None:
        self._document = Document(columns, zone)
        self._most = most_bytes
        self._pieces = [self._document.head()]
        self._size = len(self._pieces[0])

    def add(self, page: Page) -> None:
        """Write a page of rows, unless the body is too large already."""
        if self._pieces:
            self._append(self._document.rows(page))

    def ended(self, rest: bytes) -> bytes:
        """Return the whole body, or nothing if it is too large."""
        if self._pieces:
            self._append(self._document.tail(rest))
        return b"".join(self._pieces)

    def _append(self, piece: bytes) -> None:
        self._size += len(piece)
        self._pieces.append(piece)
        if self._most is not None and self._size > self._most:
            self._pieces.clear()


def _etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"' if body else ""


def answer_of(entry: Entry, *, tier: str, reason: str) -> Answer:
    """Return a kept entry as an answer from `tier`."""
    return Answer(
        body=entry.body,
        etag=entry.etag,
        computed_at=entry.computed_at,
        ttl_seconds=entry.ttl_seconds,
        row_count=entry.row_count,
        tier=tier,
        reason=reason,
    )


def compiled(query: Query, *, raw: bool = False) -> tuple[Plan, Statement]:
    """Return how `query` is answered as things stand, and the statement that asks it.

    `raw` leaves the rollups alone.
    """
    return compile_query(query, rolled_up=not raw and _rolled_up(query))


def planned(query: Query) -> Plan:
    """Return how `query` is answered as things stand."""
    return plan_query(query, rolled_up=_rolled_up(query))


def _rolled_up(query: Query) -> bool:
    return days.rolled_up(query.organization, windows(query))


def _shown(window: Window, zone: str) -> dict[str, str]:
    return {
        "start": answer.rfc3339(window.start, zone),
        "end": answer.rfc3339(window.end, zone),
    }
