"""Which columns the answer to a study has, and that its events are read one by one."""

from collections.abc import Callable

from warehouse.language.query import Query, Window
from warehouse.language.studies.attribution import KIND as ATTRIBUTION
from warehouse.language.studies.click import KIND as CLICK
from warehouse.language.studies.journeys import KIND as JOURNEYS
from warehouse.language.studies.journeys import NEXT, Journeys
from warehouse.planner import cohorts, credited
from warehouse.planner.plan import Branch, Column, Plan, Verdict, dimension_columns
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
        columns=(*dimension_columns(query), *COLUMNS[query.study.kind](query)),
    )


def read_first(query: Query) -> Window | None:
    """Return where events are read once more, to find whose histories matter."""
    study = query.study
    if study is None or (isinstance(study, Journeys) and study.view == NEXT):
        return None
    return {ATTRIBUTION: query.window, JOURNEYS: query.window, CLICK: query.read}.get(study.kind)
