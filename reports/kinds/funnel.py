"""The kind `funnel`: how many get from step to step, how long it takes, where they stay."""

from reports.kinds.studied import RANGE, SHARED, Studied, kind_of
from warehouse.language import buckets
from warehouse.language.query import Query
from warehouse.language.studies import funnel_request
from warehouse.language.studies.funnel import Funnel


def steps(query: Query) -> int:
    """Return how many rows there are: one a step, in every bucket of a trend."""
    study, step = query.study, query.granularity
    count = len(study.steps) if isinstance(study, Funnel) else 0
    if step is None:
        return count
    return count * buckets.count(query.window, step, query.timezone, query.week_start)


FUNNEL = kind_of(
    Studied(
        name="funnel",
        tells="how far visitors get from step to step",
        own=funnel_request.FIELDS,
        read=funnel_request.read,
        rows=steps,
        shared=(*RANGE, "granularity", "group_by", "week_start", *SHARED),
    )
)
