"""Turns the rows of the event store into the finished JSON of an answer, piece by piece."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from warehouse import series
from warehouse.language import buckets, zones
from warehouse.language.query import TIME, Query, Value
from warehouse.language.reach import tells_of_sessions
from warehouse.planner.plan import Column, Plan
from warehouse.planner.rollups import EXACT_UNIQUES, UNIQUES_ERROR
from warehouse.series import Row

PLACES = Decimal("0.0001")
DIGITS = 4
MICROSECONDS = 1_000_000
AT_ONCE = 10_000


@dataclass(slots=True)
class Tally:
    """What an answer turned out to be: complete only when its last piece was taken."""

    rows: int = 0
    truncated: bool = False
    most: int = 0
    least: int | None = None

    def count(self, figures: tuple[int, ...]) -> None:
        """Note the figures that tell how exact a row is."""
        for figure in figures:
            self.most = max(self.most, figure)
            if figure:
                self.least = figure if self.least is None else min(self.least, figure)


def document(
    plan: Plan,
    blocks: Iterable[list[Row]],
    tally: Tally,
    rest: Callable[[], dict[str, Any]],
) -> Iterator[bytes]:
    """Yield the JSON of an answer; `rest` says what stands behind the rows, once they are known."""
    columns = [{"name": one.name, "type": one.kind, "role": one.role} for one in plan.columns]
    writers = [_writer(column, plan.query) for column in plan.columns]
    yield b'{"columns":' + orjson.dumps(columns) + b',"rows":['
    for block in _pages(plan, blocks, tally):
        for at in range(0, len(block), AT_ONCE):
            comma = b"," if tally.rows else b""
            rows = block[at : at + AT_ONCE]
            tally.rows += len(rows)
            yield comma + _piece(rows, writers)
    yield b"]," + orjson.dumps(rest())[1:]


def only_row(plan: Plan, rows: list[Row], tally: Tally) -> dict[str, Any]:
    """Return the one row of an answer without dimensions, by column name."""
    tally.count(rows[0][len(plan.columns) + len(plan.tested) :])
    writers = [_writer(column, plan.query) for column in plan.columns]
    cells = zip(plan.columns, writers, rows[0], strict=False)
    return {column.name: write(cell) for column, write, cell in cells}


def exactness(plan: Plan, tally: Tally) -> bool | dict[str, float | None]:
    """Return true, or the relative standard error of the answer's least certain row.

    A sample of n visitors, of a share s of all, tells a count to within sqrt((1 - s) / n). Of
    sessions the error is not known: a sender may let several visitors share one.
    """
    share = plan.query.sample
    if share < 1:
        seen = (tally.least or 0) * share
        known = seen and not tells_of_sessions(plan.query)
        error = round(math.sqrt((1 - share) / seen), DIGITS) if known else None
        return {"error": error, "sampled": share}
    if tally.most > EXACT_UNIQUES:
        return {"error": UNIQUES_ERROR, "sampled": None}
    return True


def _pages(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows to show, at most as many as wanted, and note whether there are more.

    The event store has cut a breakdown to one row more than wanted. A series comes as it is: it
    gets its empty buckets here, and so its metric filters, order and limit too.
    """
    if plan.query.is_series:
        blocks = [series.whole(plan, (row for block in blocks for row in block))]
    width, left = len(plan.columns), plan.query.limit
    behind = width + len(plan.tested)
    for block in blocks:
        wanted = block[:left]
        tally.truncated = tally.truncated or len(block) > left
        left -= len(wanted)
        if plan.counted:
            for row in wanted:
                tally.count(row[behind:])
        yield [row[:width] for row in wanted] if wanted and len(wanted[0]) > width else wanted


def _piece(rows: list[Row], writers: list[Callable[[Any], Any]]) -> bytes:
    """Write some rows, without the brackets around them."""
    shown = [[write(cell) for write, cell in zip(writers, row, strict=True)] for row in rows]
    return orjson.dumps(shown)[1:-1]


def _writer(column: Column, query: Query) -> Callable[[Any], Any]:
    """Return what turns a stored cell of `column` into what JSON shows."""
    zone = query.timezone
    known: dict[Any, str] = {}

    def bucket(second: int) -> str:
        if second not in known:
            known[second] = buckets.label(second, granularity, zone)
        return known[second]

    granularity = (query.granularity if column.name == TIME else None) or "day"
    if column.name == TIME or column.kind == "date":
        return bucket
    by_kind: dict[str, Callable[[Any], Any]] = {
        "time": lambda cell: moment(cell, zone),
        "decimal": decimal,
        "boolean": truth,
        "number": number,
    }
    return by_kind.get(column.kind, same)


def moment(microseconds: int | None, zone: str) -> str | None:
    """Return microseconds since 1970 as an RFC 3339 time of `zone`."""
    if microseconds is None:
        return None
    seconds, rest = divmod(microseconds, MICROSECONDS)
    instant = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    return zones.local(instant, zone).isoformat(timespec="milliseconds")


def rfc3339(instant: datetime, zone: str) -> str:
    """Return an instant as the clocks of `zone` show it, with their offset."""
    return zones.local(instant, zone).isoformat()


def decimal(cell: Decimal | int) -> orjson.Fragment | int:
    """Return a decimal as the very digits it has, which a float might not keep."""
    if isinstance(cell, int):
        return cell
    text = format(cell.quantize(PLACES), "f")
    return orjson.Fragment(text.rstrip("0").rstrip("."))


def number(cell: float | None) -> float | None:
    """Return a number with at most four places."""
    return None if cell is None else round(cell, DIGITS)


def truth(cell: int) -> bool:
    """Return a stored 0 or 1 as false or true."""
    return bool(cell)


def same(cell: Value) -> Value:
    """Return a cell that JSON shows as it is."""
    return cell
