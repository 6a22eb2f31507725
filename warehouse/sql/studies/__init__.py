"""How each kind of study is asked of the event store, by its name."""

from collections.abc import Callable

from warehouse.language.studies.attribution import KIND as ATTRIBUTION
from warehouse.language.studies.click import KIND as CLICK
from warehouse.language.studies.discovery import KIND as DISCOVERY
from warehouse.language.studies.journeys import KIND as JOURNEYS
from warehouse.planner.plan import Plan
from warehouse.sql.binder import Template
from warehouse.sql.studies import attribution, click, cohorts, discovery, funnel, journeys

STATEMENTS: dict[str, Callable[[Plan], Template]] = {
    "funnel": funnel.build,
    "cohorts": cohorts.build,
    ATTRIBUTION: attribution.build,
    CLICK: click.build,
    JOURNEYS: journeys.build,
    DISCOVERY: discovery.build,
}
