"""Which columns the answer to a study has, and that its events are read one by one."""

from collections.abc import Callable

from warehouse.language import buckets, catalog
from warehouse.language.query import TIME, Query
from warehouse.language.studies.attribution import KIND as ATTRIBUTION
from warehouse.language.studies.click import KIND as CLICK
from warehouse.language.studies.journeys import KIND as JOURNEYS
from warehouse.planner import cohorts, credited
from warehouse.planner.plan import SHOWN_AS, Branch, Column, Plan, Verdict
from warehouse.planner.tables import EVENTS

WHY = "histories of visitors are read event by event"
FUNNEL = (
    Column("step", "integer", "dimension"),
    Column("label", "string", "dimension"),
    Column("count", "integer", "metric"),
    Column("conversion_rate", "number", "metric"),
    Column("step_conversion_rate", "number", "metric"),
    Column("dropped", "integer", "metric"),
    Column("still_open", "integer", "metric"),
    Column("average_seconds", "number", "metric"),
    Column("median_seconds", "number", "metric"),
)
COLUMNS: dict[str, Callable[[Query], tuple[Column, ...]]] = {
    "funnel": lambda _: FUNNEL,
    "cohorts": cohorts.columns,
    ATTRIBUTION: credited.columns,
    CLICK: credited.of_click,
    JOURNEYS: credited.of_journeys,
}
"""The columns of each kind of study that stand behind those of its breakdown."""


def plan_study(query: Query) -> Plan:
    """Return how `query`, which has a study, is to be answered."""
    if query.study is None:
        raise ValueError("There is no study to plan.")
    return Plan(
        query,
        branches=(Branch(EVENTS, ()),),
        verdicts=(Verdict(EVENTS.name, taken=True, why=WHY),),
        columns=(*trend(query), *breakdown(query), *COLUMNS[query.study.kind](query)),
    )


def trend(query: Query) -> tuple[Column, ...]:
    """Return the column of time, if there is one."""
    if query.granularity is None:
        return ()
    return (Column(TIME, "time" if query.granularity in buckets.CLOCK else "date", "dimension"),)


def breakdown(query: Query) -> tuple[Column, ...]:
    """Return a column for each field that the answer is broken down by."""
    columns = []
    for name in query.dimensions:
        field = catalog.dimension(name)
        kind = field.kind if field else "string"
        columns.append(Column(name, SHOWN_AS.get(kind, kind), "dimension"))
    return tuple(columns)
