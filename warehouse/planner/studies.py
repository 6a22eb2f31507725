"""Which columns the answer to a study has, and that its events are read one by one."""

from collections.abc import Callable

from warehouse.language import catalog
from warehouse.language.query import Query
from warehouse.language.studies.attribution import KIND as ATTRIBUTION
from warehouse.language.studies.click import KIND as CLICK
from warehouse.language.studies.journeys import KIND as JOURNEYS
from warehouse.planner import credited
from warehouse.planner.plan import SHOWN_AS, Branch, Column, Plan, Verdict
from warehouse.planner.tables import EVENTS

WHY = "histories of visitors are read event by event"
COLUMNS: dict[str, Callable[[Query], tuple[Column, ...]]] = {
    ATTRIBUTION: credited.columns,
    CLICK: credited.of_click,
    JOURNEYS: credited.of_journeys,
}
"""The columns of each kind of study that stand behind those of its breakdown."""


def plan_study(query: Query) -> Plan:
    """Return how `query`, which has a study, is to be answered."""
    return Plan(
        query,
        branches=(Branch(EVENTS, ()),),
        verdicts=(Verdict(EVENTS.name, taken=True, why=WHY),),
        columns=(*breakdown(query), *COLUMNS[query.study.kind](query)) if query.study else (),
    )


def breakdown(query: Query) -> tuple[Column, ...]:
    """Return a column for each field that the answer is broken down by."""
    columns = []
    for name in query.dimensions:
        field = catalog.dimension(name)
        kind = field.kind if field else "string"
        columns.append(Column(name, SHOWN_AS.get(kind, kind), "dimension"))
    return tuple(columns)
