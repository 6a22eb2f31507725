"""Turns the rows of the event store into the finished JSON of an answer."""

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from warehouse.language import buckets, zones
from warehouse.language.query import Condition, Leaf, Order, Query, Value
from warehouse.planner.plan import TIME, Column, Plan

Row = tuple[Any, ...]
PLACES = Decimal("0.0001")
MICROSECONDS = 1_000_000
AT_ONCE = 10_000
COMPARISONS: dict[str, Callable[[Any, tuple[Any, ...]], bool]] = {
    "eq": lambda found, values: bool(found == values[0]),
    "ne": lambda found, values: bool(found != values[0]),
    "gt": lambda found, values: bool(found > values[0]),
    "gte": lambda found, values: bool(found >= values[0]),
    "lt": lambda found, values: bool(found < values[0]),
    "lte": lambda found, values: bool(found <= values[0]),
    "between": lambda found, values: bool(values[0] <= found <= values[1]),
    "in": lambda found, values: found in values,
    "not_in": lambda found, values: found not in values,
    "is_null": lambda found, _: found is None,
    "is_not_null": lambda found, _: found is not None,
}


def page(plan: Plan, rows: list[Row]) -> tuple[list[Row], bool]:
    """Return the rows to show and whether there are more.

    The event store has cut a breakdown to one row more than wanted. A series comes as it is: it
    gets its empty buckets here, and so its metric filters, order and limit too.
    """
    query = plan.query
    if query.is_series:
        rows = _fill(plan, rows)[query.offset : query.offset + query.limit + 1]
    width = len(plan.columns)
    return [row[:width] for row in rows[: query.limit]], len(rows) > query.limit


def render(plan: Plan, rows: list[Row], meta: dict[str, Any]) -> bytes:
    """Return the answer as JSON; decimals are numbers of at most four places."""
    writers = [_writer(column, plan.query) for column in plan.columns]
    columns = [{"name": one.name, "type": one.kind, "role": one.role} for one in plan.columns]
    pieces = [_piece(rows[at : at + AT_ONCE], writers) for at in range(0, len(rows), AT_ONCE)]
    rest = {"totals": None, "comparison": None, "meta": meta}
    return b"".join(
        (
            *(b'{"columns":', orjson.dumps(columns)),
            *(b',"rows":[', b",".join(pieces), b"],"),
            orjson.dumps(rest)[1:],
        )
    )


def _piece(rows: list[Row], writers: list[Callable[[Any], Any]]) -> bytes:
    """Write some rows, without the brackets around them: a large answer is shaped bit by bit."""
    shown = [[write(cell) for write, cell in zip(writers, row, strict=True)] for row in rows]
    return orjson.dumps(shown)[1:-1]


def _fill(plan: Plan, rows: list[Row]) -> list[Row]:
    query = plan.query
    found = {row[0]: row for row in rows}
    nothing = tuple(0 for _ in plan.metrics)
    starts = buckets.starts(query.window, query.granularity or "", query.timezone)
    series = [found.get(start, (start, *nothing)) for start in starts]
    names = (*(column.name for column in plan.columns), *plan.hidden)
    places = {name: index for index, name in enumerate(names)}
    kept = [row for row in series if all(_holds(one, row, places) for one in query.having)]
    return _sorted(kept, plan.order, places)


def _sorted(rows: list[Row], order: Iterable[Order], places: dict[str, int]) -> list[Row]:
    for one in reversed(tuple(order)):
        rows.sort(key=operator.itemgetter(places[one.field]), reverse=one.descending)
    return rows


def _holds(wanted: Condition, row: Row, places: dict[str, int]) -> bool:
    if isinstance(wanted, Leaf):
        found = row[places[wanted.field]]
        return COMPARISONS[wanted.operator](found, wanted.values)
    members = (_holds(member, row, places) for member in wanted.members)
    if wanted.joint == "not":
        return not next(members)
    return all(members) if wanted.joint == "and" else any(members)


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
    return {"time": lambda cell: moment(cell, zone), "decimal": decimal, "boolean": truth}.get(
        column.kind, same
    )


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


def truth(cell: int) -> bool:
    """Return a stored 0 or 1 as false or true."""
    return bool(cell)


def same(cell: Value) -> Value:
    """Return a cell that JSON shows as it is."""
    return cell
