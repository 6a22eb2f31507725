"""The columns of answers about credit and the journeys that earn it."""

from warehouse.language.query import Query
from warehouse.language.studies.attribution import Attribution
from warehouse.language.studies.click import FIELDS, Click
from warehouse.language.studies.journeys import LINKS, NEXT, PATHS, Journeys
from warehouse.planner.plan import Column, dimension_column

INTERVALS = (
    Column("conversions_low", "decimal", "metric"),
    Column("conversions_high", "decimal", "metric"),
)
COSTS = (
    Column("cost", "decimal", "metric"),
    Column("roas", "number", "metric"),
    Column("cpa", "number", "metric"),
)


def columns(query: Query) -> tuple[Column, ...]:
    """Return the columns of `attribution`."""
    study = query.study
    if not isinstance(study, Attribution):
        raise TypeError(query)
    return (
        dimension_column(study.dimension),
        Column("model", "string", "dimension"),
        Column("conversions", "decimal", "metric"),
        Column("revenue", "decimal", "metric"),
        Column("share", "number", "metric"),
        *(INTERVALS if study.intervals else ()),
        *(COSTS if study.tells_costs else ()),
    )


def of_click(query: Query) -> tuple[Column, ...]:
    """Return the columns of `attribution` about one click: a touchpoint, the conversion, credit."""
    study = query.study
    if not isinstance(study, Click):
        raise TypeError(query)
    return (
        Column("event_time", "time", "dimension"),
        *(Column(name, "string", "dimension") for name in FIELDS),
        Column("clicked", "boolean", "dimension"),
        Column("conversion_event", "string", "dimension"),
        Column("conversion_time", "time", "dimension"),
        Column("conversion_value", "decimal", "metric"),
        *(Column(model, "decimal", "metric") for model in study.models),
    )


VIEWS = {
    PATHS: (
        Column("path", "string", "dimension"),
        Column("touchpoints", "integer", "dimension"),
        Column("conversions", "integer", "metric"),
        Column("revenue", "decimal", "metric"),
        Column("share", "number", "metric"),
        Column("average_seconds", "number", "metric"),
    ),
    LINKS: (
        Column("from_step", "integer", "dimension"),
        Column("from_value", "string", "dimension"),
        Column("to_step", "integer", "dimension"),
        Column("to_value", "string", "dimension"),
        Column("conversions", "integer", "metric"),
        Column("revenue", "decimal", "metric"),
    ),
    NEXT: (
        Column("event_name", "string", "dimension"),
        Column("count", "integer", "metric"),
        Column("visitors", "integer", "metric"),
        Column("share", "number", "metric"),
        Column("average_seconds", "number", "metric"),
    ),
}


def of_journeys(query: Query) -> tuple[Column, ...]:
    """Return the columns of `journeys`, which depend on what it looks at."""
    study = query.study
    if not isinstance(study, Journeys):
        raise TypeError(query)
    return VIEWS[study.view]
