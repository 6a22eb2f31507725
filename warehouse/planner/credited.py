"""The columns of answers about credit and the journeys that earn it."""

from warehouse.language import catalog
from warehouse.language.query import Query
from warehouse.language.studies.attribution import Attribution
from warehouse.planner.plan import SHOWN_AS, Column


def columns(query: Query) -> tuple[Column, ...]:
    """Return the columns of `attribution`."""
    study = query.study
    if not isinstance(study, Attribution):
        raise TypeError(query)
    return (
        value(study.dimension),
        Column("model", "string", "dimension"),
        Column("conversions", "decimal", "metric"),
        Column("revenue", "decimal", "metric"),
        Column("share", "number", "metric"),
    )


def value(dimension: str, name: str | None = None) -> Column:
    """Return the column of a dimension's values."""
    field = catalog.dimension(dimension)
    kind = field.kind if field else "string"
    return Column(name or dimension, SHOWN_AS.get(kind, kind), "dimension")
