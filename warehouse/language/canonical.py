"""The one form of questions that mean the same: what is written differently becomes equal."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from warehouse.language.query import Condition, Group, Leaf, Query, Value

LISTS = {"in": "eq", "not_in": "ne"}


def canonical(query: Query) -> Query:
    """Return the question that stands for all that have the same answer as `query`.

    The order of filters, of the members of `and` and `or` and of lists of values is of no
    account; neither is whether a default or the default order is written out.
    """
    return replace(
        query,
        where=together(query.where),
        having=together(query.having),
        order_by=query.order,
        study=query.study and query.study.canonical(),
        week_start=query.week_start if query.granularity == "week" else "monday",
    )


def together(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return conditions that must all hold, flat, each once, in one order."""
    return _members("and", conditions)


def _members(joint: str, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    found: dict[Condition, None] = {}
    for one in map(_condition, conditions):
        same = isinstance(one, Group) and one.joint == joint
        found |= dict.fromkeys(one.members if isinstance(one, Group) and same else (one,))
    return tuple(sorted(found, key=repr))


def _condition(wanted: Condition) -> Condition:
    if isinstance(wanted, Leaf):
        return _leaf(wanted)
    if wanted.joint == "not":
        inner = _condition(wanted.members[0])
        doubled = isinstance(inner, Group) and inner.joint == "not"
        return inner.members[0] if isinstance(inner, Group) and doubled else Group("not", (inner,))
    members = _members(wanted.joint, wanted.members)
    return members[0] if len(members) == 1 else Group(wanted.joint, members)


def _leaf(leaf: Leaf) -> Leaf:
    values = tuple(map(_value, leaf.values))
    if leaf.operator not in LISTS:
        return replace(leaf, values=values)
    several = tuple(sorted(set(values), key=repr))
    operator = LISTS[leaf.operator] if len(several) == 1 else leaf.operator
    return Leaf(leaf.field, operator, several)


def _value(value: Value) -> Value:
    """Return a decimal without the zeros that change nothing."""
    return value.normalize() + 0 if isinstance(value, Decimal) else value
