"""The cells of an answer: from how the event store gives them, by how results keep them, to JSON.

Kept are plain values by the column's kind: days since 1970 for a date, microseconds since 1970 for
a time, text, whole numbers, floats, truth values, decimals as they are, and JSON as its text.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson

from warehouse.language import zones
from warehouse.language.query import TIME
from warehouse.planner.plan import Column

DIGITS = 4
BUCKETS = (TIME, "cohort")
"""Columns of the moments at which buckets of time begin, which the event store has in seconds."""
MICROSECONDS = 1_000_000
EPOCH = date(1970, 1, 1).toordinal()
BEGIN = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)

Cells = Sequence[Any]
Pass = Callable[[Cells], Cells]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` on clocks are `ahead` of UTC, both in microseconds; times end in `suffix`."""

    start: int
    ahead: int
    suffix: str


def keeper(column: Column, zone: str) -> Pass:
    """Return what turns the event store's cells of `column` into those that are kept."""
    passes: dict[str, Pass] = {
        "date": _each_once(lambda second: _day(second, zone)),
        "boolean": lambda cells: [None if cell is None else bool(cell) for cell in cells],
        "number": lambda cells: [None if cell is None else round(cell, DIGITS) for cell in cells],
    }
    if column.kind == "time" and column.name in BUCKETS:
        return lambda cells: [second * MICROSECONDS for second in cells]
    return passes.get(column.kind, _same)


def shower(column: Column, zone: str) -> Pass:
    """Return what turns kept cells of `column` into those that JSON shows."""
    passes: dict[str, Pass] = {
        "date": _each_once(lambda day: date.fromordinal(EPOCH + day).isoformat()),
        "time": lambda cells: _moments(cells, zone, bucket=column.name in BUCKETS),
        "decimal": lambda cells: [None if cell is None else number(cell) for cell in cells],
        "json": lambda cells: [None if cell is None else orjson.Fragment(cell) for cell in cells],
    }
    return passes.get(column.kind, _same)


def _moments(cells: Cells, zone: str, *, bucket: bool) -> Cells:
    """Return microseconds since 1970 as RFC 3339 times of `zone`; a bucket begins on a second.

    What the clocks of the zone show is worked out once for each stretch between two turns of them.
    """
    there = {cell for cell in cells if cell is not None}
    if not there:
        return cells
    found = stretches(min(there), max(there), zone)
    starts = [one.start for one in found]
    precision = "seconds" if bucket else "milliseconds"

    def shown(cell: int) -> str:
        one = found[bisect_right(starts, cell) - 1]
        clock = instant(cell + one.ahead).replace(tzinfo=None)
        return clock.isoformat(timespec=precision) + one.suffix

    known: dict[int | None, str | None] = {cell: shown(cell) for cell in there}
    return [known.get(cell) for cell in cells]


def stretches(first: int, last: int, zone: str) -> list[Stretch]:
    """Return the stretches between turns of the zone's clocks that hold `first` to `last`.

    Clocks are turned on whole seconds, and stretches are looked for in such.
    """
    begin, end = (at // MICROSECONDS * MICROSECONDS for at in (first, last))
    return [
        Stretch((start - BEGIN) // MICROSECOND, offset // MICROSECOND, _shown(offset))
        for start, offset in zones.segments(instant(begin), instant(end + MICROSECONDS), zone)
    ]


def _shown(offset: timedelta) -> str:
    return datetime.fromtimestamp(0, timezone(offset)).isoformat()[19:]


def instant(microseconds: int) -> datetime:
    """Return microseconds since 1970 as a time."""
    return BEGIN + microseconds * MICROSECOND


def number(cell: Decimal | int | str) -> orjson.Fragment:
    """Return a decimal as the very digits it has, which a float might not keep.

    Text is taken to be those digits already.
    """
    return orjson.Fragment(cell if isinstance(cell, str) else digits(cell))


def digits(cell: Decimal | int) -> str:
    """Return a decimal's digits: at most four places, and no more than it needs."""
    text = f"{cell:.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _each_once(turn: Callable[[Any], Any]) -> Pass:
    """Return a pass that turns equal cells once a page, and leaves out what is absent."""

    def turned(cells: Cells) -> Cells:
        known: dict[Any, Any] = {cell: turn(cell) for cell in set(cells) if cell is not None}
        return [known.get(cell) for cell in cells]

    return turned


def _day(second: int, zone: str) -> int:
    return zones.local(datetime.fromtimestamp(second, UTC), zone).date().toordinal() - EPOCH


def _same(cells: Cells) -> Cells:
    return cells


def turned(passes: Iterable[Pass], columns: Iterable[Cells]) -> list[Cells]:
    """Return each column's cells turned by its own pass."""
    return [turn(cells) for turn, cells in zip(passes, columns, strict=True)]
