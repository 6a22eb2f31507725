"""Writes conditions back as the JSON that the filter language reads them from."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from warehouse.language.query import Condition, Leaf, Value

SEVERAL = {"in", "not_in", "between"}


def written(condition: Condition) -> Mapping[str, Any]:
    """Return the filter that is read as `condition`."""
    if isinstance(condition, Leaf):
        return _leaf(condition)
    members = [written(member) for member in condition.members]
    return {condition.joint: members[0] if condition.joint == "not" else members}


def _leaf(leaf: Leaf) -> Mapping[str, Any]:
    shown = [_value(value) for value in leaf.values]
    named = {"field": leaf.field, "operator": leaf.operator}
    if leaf.operator in SEVERAL:
        return {**named, "values": shown}
    return {**named, "value": shown[0]} if shown else named


def _value(value: Value) -> str | int | float | bool:
    """Return a value as JSON has it; a decimal that a float would not keep stays text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        plain = int(value) if value == value.to_integral_value() else float(value)
        return plain if Decimal(str(plain)) == value else str(value)
    return value
