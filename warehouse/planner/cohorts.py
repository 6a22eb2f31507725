"""The columns of an answer about cohorts."""

from warehouse.language.query import Query
from warehouse.language.studies.cohorts import REVENUE, Cohorts
from warehouse.planner.plan import Column


def columns(query: Query) -> tuple[Column, ...]:
    """Return the columns behind those of the breakdown."""
    study = query.study
    assert isinstance(study, Cohorts)  # noqa: S101  the table of kinds has led here
    return (
        Column("cohort", "time" if study.cohort_type == "hourly" else "date", "dimension"),
        Column("size", "integer", "metric"),
        Column("period", "integer", "dimension"),
        Column("value", "decimal" if study.metric == REVENUE else "integer", "metric"),
        Column("rate", "number", "metric"),
        Column("mature", "boolean", "metric"),
    )
