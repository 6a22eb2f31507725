"""A series of time: every bucket of the window, the empty ones too, tested, sorted and cut."""

import operator
from collections.abc import Callable, Iterable
from typing import Any

from warehouse.language import buckets
from warehouse.language.metrics import METRICS
from warehouse.language.query import Condition, Leaf, Order
from warehouse.planner.plan import Plan

Row = tuple[Any, ...]
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
    "is_not_null": lambda *_: True,
    "is_null": lambda *_: False,
}
MATCHES_ABSENT = {"ne", "not_in", "is_null"}


def whole(plan: Plan, rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a series, one more than wanted if there are more."""
    query = plan.query
    found = {row[0]: row for row in rows}
    nothing = _nothing(plan)
    starts = buckets.starts(query.window, query.granularity or "", query.timezone, query.week_start)
    series = [found.get(start, (start, *nothing)) for start in starts]
    names = (*(column.name for column in plan.columns), *plan.tested)
    places = {name: index for index, name in enumerate(names)}
    kept = [row for row in series if all(_holds(one, row, places) for one in query.having)]
    wanted = _sorted(kept, query.order, places)
    return wanted[query.offset : query.offset + query.limit + 1]


def _nothing(plan: Plan) -> Row:
    """Return what stands in an empty bucket behind its time: no count, no ratio."""
    metrics = [one for one in plan.columns if one.role == "metric"]
    kinds = [one.kind for one in metrics] + [METRICS[name].kind for name in plan.tested]
    return (*(None if kind == "number" else 0 for kind in kinds), *(0 for _ in plan.counted))


def _sorted(rows: list[Row], order: Iterable[Order], places: dict[str, int]) -> list[Row]:
    """Sort by the last key first; what is absent comes last in either direction."""
    for one in reversed(tuple(order)):
        place = places[one.field]
        absent = [row for row in rows if row[place] is None]
        present = [row for row in rows if row[place] is not None]
        present.sort(key=operator.itemgetter(place), reverse=one.descending)
        rows = present + absent
    return rows


def _holds(wanted: Condition, row: Row, places: dict[str, int]) -> bool:
    if isinstance(wanted, Leaf):
        found = row[places[wanted.field]]
        if found is None:
            return wanted.operator in MATCHES_ABSENT
        values = wanted.values
        if isinstance(found, float):  # a ratio is compared as the event store would
            values = tuple(float(str(one)) for one in values)
        return COMPARISONS[wanted.operator](found, values)
    members = (_holds(member, row, places) for member in wanted.members)
    if wanted.joint == "not":
        return not next(members)
    return all(members) if wanted.joint == "and" else any(members)
