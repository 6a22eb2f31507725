"""Writes filters: every comparison is true or false, never unknown, also for absent values."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from warehouse.language import catalog
from warehouse.language.query import Condition, Group, Leaf
from warehouse.language.values import TEXT
from warehouse.sql import figures, moments
from warehouse.sql.binder import Asked, Binder
from warehouse.sql.fields import known, stored
from warehouse.sql.moments import Clock

SYMBOLS = {"eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
MATCHES_ABSENT = {"ne", "not_in", "not_contains"}
PRESENCE = {"is_null", "is_not_null"}
# {x} is the stored value, {v} and {w} the placeholders; absent text is stored as ''.
TEXTS: Mapping[str, str] = {
    "eq": "{x} = {v}",
    "ne": "{x} != {v}",
    "gt": "{x} > {v}",
    "gte": "{x} >= {v}",
    "lt": "({x} != '' AND {x} < {v})",
    "lte": "({x} != '' AND {x} <= {v})",
    "between": "({x} >= {v} AND {x} <= {w})",
    "in": "{x} IN {v}",
    "not_in": "{x} NOT IN {v}",
    "contains": "position({x}, {v}) > 0",
    "not_contains": "position({x}, {v}) = 0",
    "starts_with": "startsWith({x}, {v})",
    "ends_with": "endsWith({x}, {v})",
    "matches": "({x} != '' AND match({x}, {v}))",
    "is_null": "{x} = ''",
    "is_not_null": "{x} != ''",
}
LISTS: Mapping[str, str] = {
    "contains": "has({x}, {v})",
    "not_contains": "NOT has({x}, {v})",
    "is_null": "empty({x})",
    "is_not_null": "notEmpty({x})",
}
NUMBERS: Mapping[str, str] = {
    **{name: f"{{x}} {symbol} {{v}}" for name, symbol in SYMBOLS.items()},
    "between": "({x} >= {v} AND {x} <= {w})",
    "in": "{x} IN {v}",
    "not_in": "{x} NOT IN {v}",
}
TYPES = {
    "integer": "Float64",
    "number": "Float64",
    "decimal": "Decimal(38, 10)",
    "boolean": "UInt8",
    "time": "Int64",
}
PLACES = Decimal("1e-10")


@dataclass(frozen=True, slots=True)
class Place:
    """Where conditions stand: what is bound there, how time is told, which leaf comes next."""

    binder: Binder
    clock: Clock
    numbers: Iterator[int] = field(default_factory=itertools.count)


@dataclass(frozen=True, slots=True)
class _Spot:
    """One leaf, by its number in the question, and how it binds values."""

    leaf: Leaf
    number: int
    place: Place

    def one(self, index: int, kind: str, form: str) -> str:
        """Bind the value at `index`, prepared as a `form` of value."""

        number = self.number  # of the question the text is written for, nothing is kept

        def read(asked: Asked) -> Any:
            return PLAIN[form](asked.leaves[number].values[index])

        return self.place.binder.bind(("leaf", self.number, index, form), kind, read)

    def every(self, kind: str, form: str) -> str:
        """Bind the list of all values."""

        number = self.number

        def read(asked: Asked) -> list[Any]:
            return [PLAIN[form](value) for value in asked.leaves[number].values]

        return self.place.binder.bind(("leaf", self.number, form), f"Array({kind})", read)

    def day(self, index: int, shift: int = 0) -> str:
        """Bind the second at which the day given at `index` begins, or the one `shift` later."""

        number = self.number

        def read(asked: Asked) -> int:
            text = str(asked.leaves[number].values[index])
            return moments.day_start(text, asked.query.timezone, shift=shift)

        return self.place.binder.bind(("leaf", self.number, index, "day", shift), "Int64", read)


def conditions(wanted: tuple[Condition, ...], place: Place) -> list[str]:
    """Return one SQL expression for each condition."""
    return [_condition(one, place) for one in wanted]


def _condition(wanted: Condition, place: Place) -> str:
    if isinstance(wanted, Leaf):
        return _leaf(_Spot(wanted, next(place.numbers), place))
    return _group(wanted, [_condition(member, place) for member in wanted.members])


def _group(group: Group, members: list[str]) -> str:
    if group.joint == "not":
        return f"NOT ({members[0]})"
    return f"({f' {group.joint.upper()} '.join(members)})"


def _leaf(spot: _Spot) -> str:
    name = spot.leaf.field
    if metric := catalog.METRICS.get(name):
        return _number(spot, figures.metric(name), metric.kind)
    kind = known(name).kind
    if kind == "date":
        return _date(spot)
    value = stored(name, spot.place.clock, spot.place.binder)
    if kind == "property":
        return _property(spot, value)
    if kind in {"string", "list"}:
        return _text(spot, value, TEXTS if kind == "string" else LISTS)
    return _number(spot, value, kind)


def _text(spot: _Spot, value: str, forms: Mapping[str, str]) -> str:
    return _fill(spot, forms[spot.leaf.operator], value, "String", "text")


def _property(spot: _Spot, value: str) -> str:
    """Compare as numbers when every value is a number, as text otherwise."""
    if not all_numbers(spot.leaf) or spot.leaf.operator in TEXT:
        return _text(spot, value, TEXTS)
    return _number(spot, f"toFloat64OrNull({value})", "number")


def all_numbers(leaf: Leaf) -> bool:
    """Return whether a leaf compares with numbers and nothing else."""
    return bool(leaf.values) and all(isinstance(value, Decimal) for value in leaf.values)


def _number(spot: _Spot, value: str, kind: str) -> str:
    operator = spot.leaf.operator
    if operator in PRESENCE:
        return f"isNull({value})" if operator == "is_null" else f"isNotNull({value})"
    text = _fill(spot, NUMBERS[operator], value, TYPES[kind], kind)
    return f"ifNull({text}, {int(operator in MATCHES_ABSENT)})"


def _fill(spot: _Spot, form: str, value: str, kind: str, prepared: str) -> str:
    if spot.leaf.operator in {"in", "not_in"}:
        return form.format(x=value, v=spot.every(kind, prepared))
    bound = [spot.one(index, kind, prepared) for index, _ in enumerate(spot.leaf.values)]
    return form.format(x=value, v=bound[0] if bound else "", w=bound[-1] if bound else "")


def _date(spot: _Spot) -> str:
    """Compare the day of the request's zone by the instants at which days begin."""
    operator, second = spot.leaf.operator, spot.place.clock.second
    if operator in PRESENCE:
        return str(int(operator == "is_not_null"))
    starts = [spot.day(index) for index, _ in enumerate(spot.leaf.values)]
    ends = [spot.day(index, 1) for index, _ in enumerate(spot.leaf.values)]
    within = [
        f"({second} >= {start} AND {second} < {end})"
        for start, end in zip(starts, ends, strict=True)
    ]
    one_of = f"({' OR '.join(within)})"
    return {
        "eq": one_of,
        "in": one_of,
        "ne": f"NOT {one_of}",
        "not_in": f"NOT {one_of}",
        "gt": f"{second} >= {ends[0]}",
        "gte": f"{second} >= {starts[0]}",
        "lt": f"{second} < {starts[0]}",
        "lte": f"{second} < {ends[0]}",
        "between": f"({second} >= {starts[0]} AND {second} < {ends[-1]})",
    }[operator]


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


PLAIN: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "time": _microseconds,
    "boolean": int,
    "decimal": lambda value: value.quantize(PLACES),
    "integer": float,
    "number": float,
}
"""How a value of each kind is prepared for binding; times are microseconds."""
