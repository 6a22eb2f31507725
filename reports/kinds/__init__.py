"""The report kinds there are, by name; jobs and doors know them only through this table."""

from reports.kinds.attribution import ATTRIBUTION
from reports.kinds.campaigns import CAMPAIGNS
from reports.kinds.cohorts import COHORTS
from reports.kinds.discovery import DISCOVERY
from reports.kinds.funnel import FUNNEL
from reports.kinds.journeys import JOURNEYS
from reports.kinds.kind import Kind
from reports.kinds.query import QUERY
from reports.kinds.realtime import REALTIME
from reports.kinds.traffic import TRAFFIC

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *(QUERY, TRAFFIC, CAMPAIGNS, FUNNEL, COHORTS, ATTRIBUTION, JOURNEYS, REALTIME),
        DISCOVERY,
    )
}

__all__ = ["KINDS", "Kind"]
