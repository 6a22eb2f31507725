"""Tells in plain Python which events fulfil filters, exactly as the event store would.

Events come by column, as the intake has them: texts, whole numbers, amounts in ten-thousandths,
times in milliseconds since 1970; None is what an event does not have. What only the store can tell
alike is refused by name (`refusal`).
"""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
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
HOUR, DAY, FOREVER = 3600, 86_400, 1 << 62
NEVER = (-FOREVER, -FOREVER)
"""A day that is before all others and has no second."""
DATES: Mapping[str, Callable[[int, Sequence[tuple[int, int]]], bool]] = {
    "eq": lambda second, days: second < days[bisect(days, (second, FOREVER)) - 1][1],
    "gt": lambda second, days: second >= days[0][1],
    "gte": lambda second, days: second >= days[0][0],
    "lt": lambda second, days: second < days[0][0],
    "lte": lambda second, days: second < days[0][1],
    "between": lambda second, days: days[0][0] <= second < days[-1][1],
    "is_not_null": lambda second, days: True,
}
"""The same of an event's second and days, each from its first second to that of the next.

Of those that it may be one of `NEVER` is the first.
"""
PLACES = Decimal("1e-10")


class Events:
    """`count` events by column; what is compared of them is worked out once."""

    def __init__(self, get: Get, count: int) -> None:
        self.get, self.count = get, count
        self._known: dict[tuple[str, str], list[Any]] = {}

    def values(self, name: str, zone: str) -> list[Any]:
        """Return a field's values as they are compared; None for what an event does not have."""
        key = (name, zone if name in CLOCK else "")
        if key not in self._known:
            self._known[key] = self._values(name, zone)
        return self._known[key]

    def seconds(self) -> list[int]:
        """Return when each was, in seconds since 1970."""
        key = ("event_time", "seconds")
        if key not in self._known:
            self._known[key] = [time // 1000 for time in self.get("event_time")]
        return self._known[key]

    def _values(self, name: str, zone: str) -> list[Any]:
        if name in CLOCK:
            clock = CLOCK[name]
            return [clock(_shown(second, zone)) for second in self.seconds()]
        if name.startswith(catalog.PROPERTY):
            key = name.removeprefix(catalog.PROPERTY)
            return [(held or {}).get(key) or None for held in self.get("properties")]
        found = FOUND[_kind(name)]
        return [found(one) for one in self.get(name)]


def _kind(name: str) -> str:
    field = catalog.field(name)
    if field is None:
        raise ValueError(name)
    return field.kind


def _shown(second: int, zone: str) -> int:
    """Return what the clocks of `zone` show, as if they were those of UTC."""
    shift = zones.shift(second // HOUR, zone)
    return second + (zones.shift_at(second, zone) if shift is None else shift)


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


def holding(conditions: Sequence[Condition], events: Events, zone: str) -> list[bool]:
    """Return of each of the events whether all `conditions` hold.

    Days and hours are those of `zone`. Raises `ValueError` for what `refusal` refuses. Where none
    is left the other conditions are not looked at.
    """
    found = [True] * events.count
    for condition in conditions:
        found = _both(found, _condition(condition, events, zone))
        if True not in found:
            break
    return found


def _condition(condition: Condition, events: Events, zone: str) -> list[bool]:
    if isinstance(condition, Leaf):
        return _leaf(condition, events, zone)
    found, *others = (_condition(member, events, zone) for member in condition.members)
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


def _leaf(leaf: Leaf, events: Events, zone: str) -> list[bool]:
    if refused := refusal(leaf):
        raise ValueError(refused)
    if leaf.operator in OPPOSITES:
        opposite = Leaf(leaf.field, OPPOSITES[leaf.operator], leaf.values)
        return _not(_leaf(opposite, events, zone))
    kind = _kind(leaf.field)
    if kind == "date":
        return _days(leaf, events, zone)
    several = [WANTED[kind](one) for one in leaf.values]
    wanted = frozenset(several) if leaf.operator == "in" else several
    test = TESTS[leaf.operator]
    values = events.values(leaf.field, zone)
    return [one is not None and test(one, wanted) for one in values]


def _days(leaf: Leaf, events: Events, zone: str) -> list[bool]:
    operator = "eq" if leaf.operator == "in" else leaf.operator
    days = [_day(date.fromisoformat(str(one)), zone) for one in leaf.values]
    if operator == "eq":
        days = sorted([NEVER, *days])
    test = DATES[operator]
    return [test(second, days) for second in events.seconds()]


def _day(day: date, zone: str) -> tuple[int, int]:
    first, last = (zones.day_start(day + timedelta(days=shift), zone) for shift in (0, 1))
    return int(first.timestamp()), int(last.timestamp())


CLOCK: Mapping[str, Callable[[int], int]] = {
    "hour_of_day": lambda second: second // HOUR % 24,
    "weekday": lambda second: (second // DAY + 3) % 7 + 1,
}
"""What clocks and calendars show, told of seconds since 1970, which began on a Thursday."""
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
