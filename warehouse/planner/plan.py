"""Decides how a question is answered: from which tables, why from these, and in which columns.

Each pass takes a plan and returns a better one; `plan` runs them all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from warehouse.language import buckets, catalog
from warehouse.language.metrics import FIGURES, METRICS, compared
from warehouse.language.query import TIME, Query, leaves
from warehouse.planner import tables
from warehouse.planner.grain import grain
from warehouse.planner.tables import EVENTS, VISITS, Table

SHOWN_AS = {"property": "string"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer; `kind` is its type there."""

    name: str
    kind: str
    role: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One read of one table: the figures it gives, over the window or over the previous one."""

    table: Table
    figures: tuple[str, ...]
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a table was taken, or why it was not."""

    table: str
    taken: bool
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How `query` will be answered: figures from the branches, metrics from the figures.

    `tested` metrics are computed but not shown; `rough` figures count distinct values from states
    that are exact only while they are few. `rolled_up` says whether the rollups hold the window.
    """

    query: Query
    rolled_up: bool = True
    grain: int = 0
    figures: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    columns: tuple[Column, ...] = ()
    tested: tuple[str, ...] = ()
    rough: tuple[str, ...] = ()
    source: str = "clickhouse"

    @property
    def table(self) -> str:
        """The names of the tables read, as answers give them."""
        names = (name for one in self.branches for name in tables.reads(one.table, self.query))
        return " + ".join(dict.fromkeys(names))

    @property
    def reason(self) -> str:
        """Why these tables."""
        return "; ".join(one.why for one in self.verdicts if one.taken)

    @property
    def counted(self) -> tuple[tuple[str, bool], ...]:
        """Figures, and of which window, whose values tell how exact the answer is.

        They come behind all metrics.
        """
        names = ("visitors",) if self.query.sample < 1 else self.rough
        sides = (False, True) if self.query.compare else (False,)
        return tuple((name, side) for side in sides for name in names)


def plan(query: Query, *, rolled_up: bool = True) -> Plan:
    """Return how `query` is to be answered."""
    found = Plan(query, rolled_up=rolled_up)
    for improve in PASSES:
        found = improve(found)
    return found


def find_grain(found: Plan) -> Plan:
    """Note the widest spans of time that the question never cuts."""
    return replace(found, grain=grain(found.query))


def add_tested(found: Plan) -> Plan:
    """Compute the metrics that filters test though they are not shown."""
    tested = [leaf.field for condition in found.query.having for leaf in leaves(condition)]
    unseen = dict.fromkeys(name for name in tested if name not in found.query.metrics)
    return replace(found, tested=tuple(unseen))


def list_figures(found: Plan) -> Plan:
    """List the figures that the metrics are made of."""
    names = [
        figure
        for metric in (*found.query.metrics, *found.tested)
        for figure in METRICS[metric].figures
    ]
    names += ["visitors"] if found.query.sample < 1 else []
    return replace(found, figures=tuple(dict.fromkeys(names)))


def choose_tables(found: Plan) -> Plan:
    """Take, for events and for sessions, the smallest table that answers exactly."""
    branches: list[Branch] = []
    verdicts: list[Verdict] = []
    for of_sessions, candidates in tables.CANDIDATES.items():
        figures = tuple(n for n in found.figures if FIGURES[n].of_sessions == of_sessions)
        if figures:
            table, said = _choose(found, figures, candidates)
            branches.append(Branch(table, figures))
            verdicts += said
    return replace(found, branches=tuple(branches), verdicts=tuple(verdicts))


def _choose(
    found: Plan, figures: tuple[str, ...], candidates: tuple[Table, ...]
) -> tuple[Table, list[Verdict]]:
    said: list[Verdict] = []
    for table in candidates:
        against = tables.against(
            table, found.query, figures, grain=found.grain, rolled_up=found.rolled_up
        )
        said.append(Verdict(table.name, not against, against or table.why))
        if not against:
            break
    return table, said


def add_comparison(found: Plan) -> Plan:
    """Read each table once more, over the window that is compared with."""
    if found.query.compare is None:
        return found
    earlier = (replace(branch, previous=True) for branch in found.branches)
    return replace(found, branches=(*found.branches, *earlier))


def find_rough(found: Plan) -> Plan:
    """Note the figures that a rollup counts within an error only once they are large."""
    rough = [
        name
        for branch in found.branches
        if branch.table not in {EVENTS, VISITS}
        for name in branch.figures
        if FIGURES[name].unique
    ]
    return replace(found, rough=tuple(dict.fromkeys(rough)))


def name_columns(found: Plan) -> Plan:
    """List the answer's columns: time, then dimensions, then metrics and what they changed by."""
    query = found.query
    columns = dimension_columns(query)
    for name in query.metrics:
        columns += _metric_columns(name, together=query.compare is not None)
    return replace(found, columns=tuple(columns))


def dimension_columns(query: Query) -> list[Column]:
    """Return the columns that rows are told apart by: time, then the dimensions."""
    columns: list[Column] = []
    if query.granularity:
        kind = "time" if query.granularity in buckets.CLOCK else "date"
        columns.append(Column(TIME, kind, "dimension"))
    return columns + [dimension_column(name) for name in query.dimensions]


def dimension_column(name: str) -> Column:
    """Return the column of a dimension's values."""
    field = catalog.dimension(name)
    kind = field.kind if field else "string"
    return Column(name, SHOWN_AS.get(kind, kind), "dimension")


def _metric_columns(name: str, *, together: bool) -> list[Column]:
    kind = METRICS[name].kind
    columns = [Column(name, kind, "metric")]
    if together:
        before, change = compared(name)
        columns += [Column(before, kind, "metric"), Column(change, "number", "metric")]
    return columns


PASSES: tuple[Callable[[Plan], Plan], ...] = (
    find_grain,
    add_tested,
    list_figures,
    choose_tables,
    add_comparison,
    find_rough,
    name_columns,
)
