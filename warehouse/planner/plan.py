"""Decides how a question is answered: from which table and source, why, and in which order.

Each pass takes a plan and returns a better one; `plan` runs them all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from warehouse.language import buckets, catalog
from warehouse.language.query import Order, Query, leaves

TIME = "time"
SHOWN_AS = {"property": "string"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer; `kind` is its type there."""

    name: str
    kind: str
    role: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How `query` will be answered; no two rows tie in `order`, `hidden` metrics are not shown."""

    query: Query
    table: str = "events"
    source: str = "clickhouse"
    reason: str = ""
    columns: tuple[Column, ...] = ()
    order: tuple[Order, ...] = ()
    needs_sessions: bool = False
    hidden: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric to compute: those shown, then those only tested."""
        return (*self.query.metrics, *self.hidden)


def plan(query: Query) -> Plan:
    """Return how `query` is to be answered."""
    found = Plan(query)
    for improve in PASSES:
        found = improve(found)
    return found


def choose_table(found: Plan) -> Plan:
    """Take the smallest table that answers exactly: so far there are only the raw events."""
    return replace(found, table="events", reason="raw events answer every question exactly")


def name_columns(found: Plan) -> Plan:
    """List the answer's columns: time, then dimensions, then metrics."""
    query = found.query
    columns: list[Column] = []
    if query.granularity:
        kind = "time" if query.granularity in buckets.CLOCK else "date"
        columns.append(Column(TIME, kind, "dimension"))
    for name in query.dimensions:
        field = catalog.dimension(name)
        kind = field.kind if field else "string"
        columns.append(Column(name, SHOWN_AS.get(kind, kind), "dimension"))
    columns += [Column(name, catalog.METRICS[name].kind, "metric") for name in query.metrics]
    return replace(found, columns=tuple(columns))


def complete_order(found: Plan) -> Plan:
    """Sort as asked, else by time, else by the first metric; dimensions break every tie."""
    query = found.query
    time = (Order(TIME, descending=False),) if query.granularity else ()
    best = (Order(query.metrics[0], descending=True),) if query.dimensions else ()
    asked = query.order_by or (*time, *best)
    ties = (*time, *(Order(name, descending=False) for name in query.dimensions))
    first = {order.field: order for order in reversed((*asked, *ties))}
    names = dict.fromkeys(order.field for order in (*asked, *ties))
    return replace(found, order=tuple(first[name] for name in names))


def add_tested(found: Plan) -> Plan:
    """Compute the metrics that filters test though they are not shown."""
    tested = [leaf.field for condition in found.query.having for leaf in leaves(condition)]
    hidden = dict.fromkeys(name for name in tested if name not in found.query.metrics)
    return replace(found, hidden=tuple(hidden))


def find_sessions(found: Plan) -> Plan:
    """Note whether sessions must be put together, which costs a sort of the window's events."""
    return replace(found, needs_sessions="sessions" in found.metrics)


PASSES: tuple[Callable[[Plan], Plan], ...] = (
    choose_table,
    name_columns,
    complete_order,
    add_tested,
    find_sessions,
)
