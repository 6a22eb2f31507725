"""Writes filters: every comparison is true or false, never unknown, also for absent values."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from warehouse.language import catalog, zones
from warehouse.language.query import Condition, Group, Leaf
from warehouse.language.values import TEXT
from warehouse.sql.binder import Binder
from warehouse.sql.fields import METRICS, SECOND, column

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


def conditions(wanted: tuple[Condition, ...], zone: str, binder: Binder) -> list[str]:
    """Return one SQL expression for each condition."""
    return [_condition(one, zone, binder) for one in wanted]


def _condition(wanted: Condition, zone: str, binder: Binder) -> str:
    if isinstance(wanted, Leaf):
        return _leaf(wanted, zone, binder)
    return _group(wanted, [_condition(member, zone, binder) for member in wanted.members])


def _group(group: Group, members: list[str]) -> str:
    if group.joint == "not":
        return f"NOT ({members[0]})"
    return f"({f' {group.joint.upper()} '.join(members)})"


def _leaf(leaf: Leaf, zone: str, binder: Binder) -> str:
    if metric := catalog.METRICS.get(leaf.field):
        return _number(leaf, METRICS[leaf.field], metric.kind, binder)
    field = catalog.field(leaf.field)
    if field is None:
        raise KeyError(leaf.field)
    if field.kind == "date":
        return _date(leaf, zone, binder)
    stored = column(leaf.field, binder)
    if field.kind == "property":
        return _property(leaf, stored, binder)
    if field.kind in {"string", "list"}:
        return _text(leaf, stored, TEXTS if field.kind == "string" else LISTS, binder)
    return _number(leaf, stored, field.kind, binder)


def _text(leaf: Leaf, stored: str, forms: Mapping[str, str], binder: Binder) -> str:
    values = [str(value) for value in leaf.values]
    return _fill(forms[leaf.operator], leaf.operator, stored, values, "String", binder)


def _property(leaf: Leaf, stored: str, binder: Binder) -> str:
    """Compare as numbers when every value is a number, as text otherwise."""
    numeric = leaf.values and all(isinstance(value, Decimal) for value in leaf.values)
    if not numeric or leaf.operator in TEXT:
        return _text(leaf, stored, TEXTS, binder)
    return _number(leaf, f"toFloat64OrNull({stored})", "number", binder)


def _number(leaf: Leaf, stored: str, kind: str, binder: Binder) -> str:
    if leaf.operator in PRESENCE:
        return f"isNull({stored})" if leaf.operator == "is_null" else f"isNotNull({stored})"
    values = [_plain(value, kind) for value in leaf.values]
    form = NUMBERS[leaf.operator]
    text = _fill(form, leaf.operator, stored, values, TYPES[kind], binder)
    return f"ifNull({text}, {int(leaf.operator in MATCHES_ABSENT)})"


def _plain(value: Any, kind: str) -> Any:
    """Return a value in the form its column is compared in; times are microseconds."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1_000_000)
    if isinstance(value, bool):
        return int(value)
    return value.quantize(PLACES) if kind == "decimal" else float(value)


def _fill(
    form: str, operator: str, stored: str, values: list[Any], kind: str, binder: Binder
) -> str:
    if operator in {"in", "not_in"}:
        return form.format(x=stored, v=binder.bind(values, f"Array({kind})"))
    bound = [binder.bind(value, kind) for value in values]
    return form.format(x=stored, v=bound[0] if bound else "", w=bound[-1] if bound else "")


def _date(leaf: Leaf, zone: str, binder: Binder) -> str:
    """Compare the day of the request's zone by the instants at which days begin."""
    if leaf.operator in PRESENCE:
        return str(int(leaf.operator == "is_not_null"))
    days = [date.fromisoformat(str(value)) for value in leaf.values]
    starts = [_bound(day, zone, binder) for day in days]
    ends = [_bound(day + timedelta(days=1), zone, binder) for day in days]
    within = [
        f"({SECOND} >= {start} AND {SECOND} < {end})"
        for start, end in zip(starts, ends, strict=True)
    ]
    one_of = f"({' OR '.join(within)})"
    return {
        "eq": one_of,
        "in": one_of,
        "ne": f"NOT {one_of}",
        "not_in": f"NOT {one_of}",
        "gt": f"{SECOND} >= {ends[0]}",
        "gte": f"{SECOND} >= {starts[0]}",
        "lt": f"{SECOND} < {starts[0]}",
        "lte": f"{SECOND} < {ends[0]}",
        "between": f"({SECOND} >= {starts[0]} AND {SECOND} < {ends[-1]})",
    }[leaf.operator]


def _bound(day: date, zone: str, binder: Binder) -> str:
    return binder.bind(int(zones.day_start(day, zone).timestamp()), "Int64")
