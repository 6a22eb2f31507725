"""The kind `cohorts`: who began in a period, and what they did in those that followed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from reports.kinds.kind import Kind
from reports.kinds.studied import RANGE, SHARED, Studied, kind_of
from warehouse.language.query import Query
from warehouse.language.studies import cohort_request
from warehouse.language.studies.cohorts import Cohorts
from warehouse.tenancy.principal import Tenant


def cells(query: Query) -> int:
    """Return how many cells the table has."""
    study = query.study
    return study.count * study.periods if isinstance(study, Cohorts) else 0


_FRAMED = kind_of(
    Studied(
        name="cohorts",
        tells="who began in a period and came back in later ones",
        own=tuple(name for name in cohort_request.KEYS if name != "week_start"),
        read=cohort_request.read,
        rows=cells,
        shared=(*RANGE, *SHARED, "week_start"),
    )
)


def parse(body: Mapping[str, Any], *, tenant: Tenant, now: datetime, max_limit: int) -> Query:
    """Return the query behind a request; raises `InvalidRequest` naming every bad field.

    A request without a range is about the periods of its cohorts.
    """
    query = _FRAMED.parse(body, tenant=tenant, now=now, max_limit=max_limit)
    study = query.study
    assert isinstance(study, Cohorts)  # noqa: S101  `read` has made it
    if all(body.get(name) is None for name in RANGE):
        query = replace(query, window=study.window)
    return query


COHORTS: Kind = replace(_FRAMED, parse=parse)
