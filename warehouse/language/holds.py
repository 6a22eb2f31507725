"""Tells in plain Python which events fulfil filters, exactly as the event store would.

Events come by column, as the intake has them: texts, whole numbers, amounts in ten-thousandths,
times in milliseconds since 1970; None is what an event does not have. What only the store can tell
alike is refused by name (`refusal`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from warehouse.language import catalog, zones
from warehouse.language.query import Condition, Leaf
from warehouse.language.values import TEXT

Get = Callable[[str], Sequence[Any]]
"""Returns a column by its name."""
STORED_ONLY = frozenset(
    {
        *("batch_id", "received_at", "campaign_assignment", "enriched", "enriched_at"),
        *("fraud_score", "fraud_flags", "quality_score"),
    }
)
"""Fields that an event has only once it is stored."""
OPPOSITES = {"ne": "eq", "not_in": "in", "not_contains": "contains", "is_null": "is_not_null"}
TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: found == wanted[0],
    "in": lambda found, wanted: found in wanted,
    "gt": lambda found, wanted: found > wanted[0],
    "gte": lambda found, wanted: found >= wanted[0],
    "lt": lambda found, wanted: found < wanted[0],
    "lte": lambda found, wanted: found <= wanted[0],
    "between": lambda found, wanted: wanted[0] <= found <= wanted[-1],
    "contains": lambda found, wanted: wanted[0] in found,
    "starts_with": lambda found, wanted: found.startswith(wanted[0]),
    "ends_with": lambda found, wanted: found.endswith(wanted[0]),
    "is_not_null": lambda found, wanted: True,
}
"""What a value that is there must be; one that is not there fulfils none of these."""
DATES: Mapping[str, Callable[[int, Sequence[tuple[int, int]]], bool]] = {
    "eq": lambda second, days: any(start <= second < end for start, end in days),
    "gt": lambda second, days: second >= days[0][1],
    "gte": lambda second, days: second >= days[0][0],
    "lt": lambda second, days: second < days[0][0],
    "lte": lambda second, days: second < days[0][1],
    "between": lambda second, days: days[0][0] <= second < days[-1][1],
    "is_not_null": lambda second, days: True,
}
"""The same of an event's second and days, each from its first second to that of the next."""
PLACES = Decimal("1e-10")


def refusal(leaf: Leaf) -> str:
    """Return why a comparison cannot be made here, and what to do; nothing where it can."""
    if leaf.field in STORED_ONLY:
        return f"{leaf.field} is known only once an event is stored: compare another field."
    if leaf.operator == "matches":
        return "Patterns are matched in the event store only: take contains, starts_with or in."
    numbers = bool(leaf.values) and all(isinstance(one, Decimal) for one in leaf.values)
    if leaf.field.startswith(catalog.PROPERTY) and numbers and leaf.operator not in TEXT:
        return "Properties are compared as text here: write the number in quotes, with eq or in."
    return ""


def holding(conditions: Sequence[Condition], get: Get, count: int, zone: str) -> list[bool]:
    """Return of each of `count` events whether all `conditions` hold.

    Days and hours are those of `zone`. Raises `ValueError` for what `refusal` refuses.
    """
    found = [True] * count
    for condition in conditions:
        found = _both(found, _condition(condition, get, zone))
    return found


def _condition(condition: Condition, get: Get, zone: str) -> list[bool]:
    if isinstance(condition, Leaf):
        return _leaf(condition, get, zone)
    found, *others = (_condition(member, get, zone) for member in condition.members)
    if condition.joint == "not":
        return _not(found)
    join = _both if condition.joint == "and" else _either
    for other in others:
        found = join(found, other)
    return found


def _both(some: list[bool], others: list[bool]) -> list[bool]:
    return [one and other for one, other in zip(some, others, strict=True)]


def _either(some: list[bool], others: list[bool]) -> list[bool]:
    return [one or other for one, other in zip(some, others, strict=True)]


def _not(some: list[bool]) -> list[bool]:
    return [not one for one in some]


def _leaf(leaf: Leaf, get: Get, zone: str) -> list[bool]:
    if refused := refusal(leaf):
        raise ValueError(refused)
    field = catalog.field(leaf.field)
    if field is None:
        raise ValueError(leaf.field)
    if leaf.operator in OPPOSITES:
        opposite = Leaf(leaf.field, OPPOSITES[leaf.operator], leaf.values)
        return _not(_leaf(opposite, get, zone))
    if field.kind == "date":
        return _days(leaf, get, zone)
    several = [WANTED[field.kind](one) for one in leaf.values]
    wanted = frozenset(several) if leaf.operator == "in" else several
    test = TESTS[leaf.operator]
    values = _values(leaf.field, field.kind, get, zone)
    return [one is not None and test(one, wanted) for one in values]


def _days(leaf: Leaf, get: Get, zone: str) -> list[bool]:
    test = DATES["eq" if leaf.operator == "in" else leaf.operator]
    days = [_day(date.fromisoformat(str(one)), zone) for one in leaf.values]
    return [test(time // 1000, days) for time in get("event_time")]


def _day(day: date, zone: str) -> tuple[int, int]:
    first, last = (zones.day_start(day + timedelta(days=shift), zone) for shift in (0, 1))
    return int(first.timestamp()), int(last.timestamp())


def _values(name: str, kind: str, get: Get, zone: str) -> list[Any]:
    """Return a field's values as they are compared; None for what an event does not have."""
    if name in CLOCK:
        return [CLOCK[name](_local(time, zone)) for time in get("event_time")]
    if kind == "property":
        key = name.removeprefix(catalog.PROPERTY)
        return [(held or {}).get(key) or None for held in get("properties")]
    return [FOUND[kind](one) for one in get(name)]


def _local(time: int, zone: str) -> datetime:
    return zones.local(datetime.fromtimestamp(time // 1000, UTC), zone)


CLOCK: Mapping[str, Callable[[datetime], int]] = {
    "hour_of_day": lambda moment: moment.hour,
    "weekday": lambda moment: moment.isoweekday(),
}
FOUND: Mapping[str, Callable[[Any], Any]] = {
    "string": lambda value: value or None,
    "integer": lambda value: value or 0,
    "boolean": lambda value: int(value or 0),
    "decimal": lambda value: Decimal(value or 0).scaleb(-4),
    "time": lambda value: None if value is None else value * 1000,
}
"""How a value of a column is compared: as the store would have kept it."""
WANTED: Mapping[str, Callable[[Any], Any]] = {
    "string": str,
    "property": str,
    "integer": float,
    "boolean": int,
    "decimal": lambda value: value.quantize(PLACES),
    "time": lambda value: round(value.timestamp() * 1_000_000),
}
"""How a value of a filter is."""
