"""The kind `funnel`: how many get from step to step, how long it takes, where they stay."""

from reports.kinds.studied import RANGE, SHARED, Studied, kind_of
from warehouse.language.studies import funnel_request

FUNNEL = kind_of(
    Studied(
        name="funnel",
        tells="how far visitors get from step to step",
        own=funnel_request.FIELDS,
        read=funnel_request.read,
        shared=(*RANGE, "granularity", "group_by", "week_start", *SHARED),
    )
)
