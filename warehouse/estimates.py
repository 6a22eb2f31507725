"""What answering a question will take, told without an engine: from day and table statistics.

Of each UTC day it is known how many events an organization has; days are read whole, as the event
store is sorted by visitor within them. How many rows a smaller table has for them is not: it is
taken to be to these events what the whole table is to all events of the installation.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse import days, sizes
from warehouse.computation import planned
from warehouse.language.beside import around
from warehouse.language.query import Query, Window
from warehouse.language.reach import windows
from warehouse.planner.plan import Plan
from warehouse.planner.rollups import UNIQUES_ERROR
from warehouse.planner.studies import read_besides
from warehouse.planner.tables import SESSIONS, reads_sessions
from warehouse.sizes import Size

STORED, SESSION_ROWS, ROLLUP = "analytics_events", "session_rows", "rollup_{}"
GRANULE = 8192
"""So many rows lie together: reading one reads all of them."""
DAY_BEFORE = timedelta(days=1)
LEAST_SECONDS = 0.01
Exactness = bool | dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beforehand: an organization's days, and every table of the event store."""

    days: Mapping[date, Size]
    tables: Mapping[str, Size]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a question will take: `rows` of all its reads; `bytes` are those of whole rows.

    `unknown` are the tables no size is known of: their rows are taken to be as many as events.
    """

    plan: Plan
    rows: int
    bytes: int
    unknown: tuple[str, ...]

    def seconds(self, rows_a_second: float) -> float:
        """Return how long it will take at a pace."""
        return round(max(LEAST_SECONDS, self.rows / max(rows_a_second, 1)), 2)

    @property
    def exact(self) -> Exactness:
        """Return true, or within which error the answer may be: null where only it can tell."""
        if self.plan.query.sample < 1:
            return {"error": None, "sampled": self.plan.query.sample}
        return {"error": UNIQUES_ERROR, "sampled": None} if self.plan.rough else True


def of(query: Query) -> Estimate:
    """Return what answering `query` will take, from the relational database alone."""
    return estimate(query, known(query))


def known(query: Query) -> Known:
    """Return what is known of all that `query`, or any narrower question, could read."""
    reach = [Window(one.start - DAY_BEFORE, one.end) for one in windows(query)]
    return Known(sizes.of_days(query.organization, reach), sizes.of_tables())


def estimate(query: Query, beforehand: Known) -> Estimate:
    """Return what answering `query` will take, given what is known beforehand."""
    asked = [query, query.in_total()] if query.totals else [query]
    asked += [beside for _, beside in around(query)]
    return measure([planned(one) for one in asked], beforehand)


def measure(plans: Sequence[Plan], beforehand: Known) -> Estimate:
    """Return what carrying out `plans` will take; the first one is that of the question itself."""
    found: list[Size] = []
    unknown: dict[str, None] = {}
    for plan in plans:
        for table, window in _reads(plan):
            found.append(_size(table, window, plan.query, beforehand))
            if _share(table, beforehand.tables) is None:
                unknown[table] = None
    rows, size = sum(one.rows for one in found), sum(one.bytes for one in found)
    return Estimate(plans[0], rows, size, tuple(unknown))


def _reads(plan: Plan) -> Iterator[tuple[str, Window]]:
    """Yield each table that is read, by its name in the event store, and over which window."""
    query = plan.query
    for branch in plan.branches:
        window = query.previous if branch.previous and query.previous else query.read
        if branch.table.rollup:
            yield ROLLUP.format(branch.table.name), window
        elif branch.table is not SESSIONS:
            yield STORED, window
        if branch.table is SESSIONS or reads_sessions(branch.table, query):
            yield SESSION_ROWS, Window(window.start - DAY_BEFORE, window.end)
    for window in read_besides(query):
        yield STORED, window


def _size(table: str, window: Window, query: Query, beforehand: Known) -> Size:
    first, last = days.ends(window)
    held = [size for day, size in beforehand.days.items() if first <= day <= last]
    events = Size(sum(one.rows for one in held), sum(one.bytes for one in held))
    if table == STORED and query.sample < 1:
        rows = sum(min(one.rows, _sampled(one.rows, query.sample)) for one in held)
        return _scaled(events, rows)
    share = _share(table, beforehand.tables)
    return events if share is None else _scaled(events, math.ceil(events.rows * share))


def _sampled(rows: int, share: float) -> int:
    """Return how many rows of a day a sample reads: visitors lie in order, in whole granules."""
    return math.ceil(rows * share / GRANULE + 1) * GRANULE


def _scaled(events: Size, rows: int) -> Size:
    return Size(rows, events.bytes * rows // max(events.rows, 1))


def _share(table: str, tables: Mapping[str, Size]) -> float | None:
    """Return how many rows of `table` there are to an event, or None if nobody has looked yet."""
    if table == STORED:
        return 1.0
    found, events = tables.get(table), tables.get(STORED)
    if found is None or events is None or events.rows <= 0:
        return None
    return min(1.0, max(0.0, found.rows / events.rows))
