"""One import: the rows of a file become batches, bad ones are written aside with the reason.

An event without an id of its own gets one of the file's digest and its line, so an import that
broke off can be started again within a day and adds only what was missing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from enrichment import jobs
from enrichment.importers.rows import Row
from enrichment.validation import EventError
from warehouse.tenancy.principal import Tenant

CHUNK = 10_000
DIGEST_LENGTH = 40


@dataclass(slots=True)
class Tally:
    """How many events of a file were taken so far and how many were not."""

    accepted: int = 0
    rejected: int = 0


class Aside:
    """The file of rejected rows, made when there is the first one: NDJSON of line, reason, row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written = False

    def write(self, rows: Iterable[tuple[Row, str]]) -> None:
        """Append rejected rows with their reasons."""
        lines = [
            orjson.dumps({"line": row.line, "reason": reason, "row": row.raw}, default=str) + b"\n"
            for row, reason in rows
        ]
        if lines:
            with self.path.open("ab" if self._written else "wb") as file:
                file.writelines(lines)
            self._written = True


def run(
    rows: Iterator[Row],
    *,
    digest: str,
    tenant: Tenant,
    aside: Aside,
    clock: Callable[[], datetime],
    advance: Callable[[Tally], None],
) -> Tally:
    """Commit the rows in batches; after each, `advance` hears how far it is."""
    tally = Tally()
    while chunk := list(islice(rows, CHUNK)):
        good = [row for row in chunk if row.event is not None]
        bad = [(row, row.reason) for row in chunk if row.event is None]
        events = [_with_id(row, digest) for row in good]
        result = jobs.accept(events, tenant=tenant, source="import", now=clock())
        bad += _refused(good, result.errors)
        aside.write(sorted(bad, key=lambda pair: pair[0].line))
        tally.accepted += result.accepted
        tally.rejected += len(bad)
        advance(tally)
    return tally


def _with_id(row: Row, digest: str) -> dict[str, Any]:
    event = row.event or {}
    if not event.get("event_id"):
        event["event_id"] = f"{digest[:DIGEST_LENGTH]}:{row.line}"
    return event


def _refused(rows: list[Row], errors: Iterable[EventError]) -> list[tuple[Row, str]]:
    reasons: dict[int, list[str]] = {}
    for error in errors:
        reasons.setdefault(error.index, []).append(f"{error.field or 'event'} {error.detail}")
    return [(rows[index], "; ".join(said)) for index, said in reasons.items()]
