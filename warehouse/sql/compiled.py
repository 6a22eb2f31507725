"""Plans and statements kept by the shape of the question: the same shape is written once.

A question's shape is all of it but its values: organization, window, what fields are compared
with, limits. What follows from values alone, such as how finely time is cut, belongs to it.
"""

from collections.abc import Hashable
from dataclasses import replace
from threading import Lock

from warehouse.language import patterns
from warehouse.language.query import Condition, Leaf, Query, Window
from warehouse.language.reach import windows
from warehouse.planner.grain import grain, steady
from warehouse.planner.plan import Plan, plan
from warehouse.planner.studies import plan_study
from warehouse.sql.binder import Template
from warehouse.sql.moments import EPOCH
from warehouse.sql.select import build
from warehouse.sql.statement import Statement
from warehouse.sql.studies import STATEMENTS
from warehouse.sql.where import all_numbers

MOST_SHAPES = 1000

NOWHEN = Window(EPOCH, EPOCH)
NOBODYS = Query("", NOWHEN, "UTC", ())
"""Stands in a kept plan for the question it was made for, whose values are nobody else's."""

_kept: dict[Hashable, tuple[Plan, Template]] = {}
_lock = Lock()


def compile_query(query: Query, *, rolled_up: bool = True) -> tuple[Plan, Statement]:
    """Return how `query` is answered and the statement that asks it."""
    if query.study:
        planned = plan_study(query)
        return planned, _in_short_blocks(STATEMENTS[query.study.kind](planned).fill(query), query)
    shape = _shape(query, rolled_up=rolled_up)
    found = _kept.get(shape)
    if found is None:
        made = plan(query, rolled_up=rolled_up)
        found = replace(made, query=NOBODYS), build(made)
        with _lock:
            if len(_kept) >= MOST_SHAPES:
                _kept.clear()
            _kept[shape] = found
    planned, template = found
    return replace(planned, query=query), template.fill(query)


def plan_query(query: Query, *, rolled_up: bool = True) -> Plan:
    """Return how `query` is answered; a study's statement is not written for that."""
    return plan_study(query) if query.study else compile_query(query, rolled_up=rolled_up)[0]


def _in_short_blocks(statement: Statement, query: Query) -> Statement:
    """Return the statement of a study, in blocks so short that its patterns can be interrupted."""
    rows = patterns.rows_at_once(query)
    if rows is None:
        return statement
    joint = "," if "\nSETTINGS " in statement.text else "\nSETTINGS"
    return replace(statement, text=f"{statement.text}{joint} max_block_size = {rows}")


def forget() -> None:
    """Drop every kept plan."""
    with _lock:
        _kept.clear()


def _shape(query: Query, *, rolled_up: bool) -> Hashable:
    return (
        query.metrics,
        query.dimensions,
        tuple(map(_skeleton, query.where)),
        tuple(map(_skeleton, query.having)),
        query.granularity,
        query.order_by,
        query.include_bots,
        query.compare,
        query.sample < 1,
        query.exact,
        query.supposed,
        grain(query),
        tuple(steady(query, window) for window in windows(query)),
        rolled_up,
        patterns.rows_at_once(query),
    )


def _skeleton(condition: Condition) -> Hashable:
    if isinstance(condition, Leaf):
        return (condition.field, condition.operator, len(condition.values), all_numbers(condition))
    return (condition.joint, tuple(map(_skeleton, condition.members)))
