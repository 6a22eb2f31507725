"""A batch's events by column, and how they are kept in its row.

Columns, not one object an event: every later step then is a loop over one short list, which is
what lets one process take tens of thousands of events a second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import zstandard

SENDERS = ("visitor_id", "ip", "user_agent")
"""What tells whose an event is, beside its `event_time`."""


@dataclass(slots=True)
class Columns:
    """`count` events; a column that no event has is absent, a single missing value is None."""

    count: int
    values: dict[str, list[Any]] = field(default_factory=dict)

    def get(self, name: str) -> list[Any]:
        """Return the column, all None where absent; changes to an absent one are lost."""
        found = self.values.get(name)
        return [None] * self.count if found is None else found

    def take(self, kept: Sequence[int]) -> "Columns":
        """Return the events at the indexes `kept`."""
        return Columns(
            len(kept),
            {name: [column[i] for i in kept] for name, column in self.values.items()},
        )


def pack(columns: Columns) -> tuple[bytes, int]:
    """Return the columns as compressed bytes, and how many those were before."""
    body = orjson.dumps({"count": columns.count, "values": columns.values})
    return zstandard.ZstdCompressor(level=3).compress(body), len(body)


def unpack(payload: bytes) -> Columns:
    """Return what `pack` was given."""
    body = orjson.loads(zstandard.ZstdDecompressor().decompress(payload))
    return Columns(body["count"], body["values"])


def salvage(payload: bytes) -> Columns | None:
    """Return the same of a payload that may be damaged: nothing unless it says whose events are."""
    try:
        found = unpack(payload)
    except (zstandard.ZstdError, orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return found if _whole(found.count, found.values) else None


def _whole(count: Any, values: Any) -> bool:
    """Return whether every column has a value an event, and those of senders what they may."""
    if not isinstance(count, int) or not isinstance(values, dict):
        return False
    columns = values.values()
    if not all(isinstance(column, list) and len(column) == count for column in columns):
        return False
    said = (one for name in SENDERS for one in values.get(name, ()))
    times = values.get("event_time", [None] * count)
    return all(one is None or isinstance(one, str) for one in said) and all(
        isinstance(time, int) for time in times
    )


def join(parts: Iterable[Columns], names: Iterable[str]) -> Columns:
    """Return the events of all parts, one part after the other, with the columns `names` only."""
    pieces = list(parts)
    return Columns(
        sum(piece.count for piece in pieces),
        {name: [item for piece in pieces for item in piece.get(name)] for name in names},
    )
