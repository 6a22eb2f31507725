"""Which columns the answer to a study has, and that its events are read one by one."""

from collections.abc import Callable

from warehouse.language.query import Query, Window
from warehouse.language.studies.attribution import KIND as ATTRIBUTION
from warehouse.language.studies.click import KIND as CLICK
from warehouse.language.studies.discovery import CLUSTERS, Discovery
from warehouse.language.studies.discovery import KIND as DISCOVERY
from warehouse.language.studies.journeys import KIND as JOURNEYS
from warehouse.language.studies.journeys import NEXT, Journeys
from warehouse.planner import cohorts, credited
from warehouse.planner.plan import Branch, Column, Plan, Verdict, dimension_columns
from warehouse.planner.tables import EVENTS

WHY = "histories of visitors are read event by event"
CELLS, COUNTS = 3, 2
"""How often discovery reads all of its window once more: for its cells, and to count."""
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
PATTERNS = (
    Column("organization_id", "string", "dimension"),
    Column("pattern_id", "string", "dimension"),
    Column("kind", "string", "dimension"),
    Column("confidence", "number", "metric"),
    Column("sample_size", "integer", "metric"),
    Column("time_range", "json", "dimension"),
    Column("timezone", "string", "dimension"),
    Column("traffic_sources", "json", "dimension"),
    Column("geo_regions", "json", "dimension"),
    Column("device_types", "json", "dimension"),
    Column("hours", "json", "dimension"),
    Column("suggested_name", "string", "dimension"),
    Column("estimated_value", "decimal", "metric"),
    Column("potential_reach", "integer", "metric"),
    Column("filters", "json", "dimension"),
    Column("explanation", "string", "dimension"),
)
COLUMNS: dict[str, Callable[[Query], tuple[Column, ...]]] = {
    "funnel": lambda _: FUNNEL,
    "cohorts": cohorts.columns,
    ATTRIBUTION: credited.columns,
    CLICK: credited.of_click,
    JOURNEYS: credited.of_journeys,
    DISCOVERY: lambda _: PATTERNS,
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


def read_besides(query: Query) -> tuple[Window, ...]:
    """Return where events are read once more each, such as to find whose histories matter."""
    study = query.study
    if study is None or (isinstance(study, Journeys) and study.view == NEXT):
        return ()
    once = {ATTRIBUTION: query.window, JOURNEYS: query.window, CLICK: query.read}.get(study.kind)
    if isinstance(study, Discovery):
        parts = len(study.include) - 1 + CELLS * (CLUSTERS in study.include)
        return (query.window,) * (parts + COUNTS)
    return (once,) if once else ()
