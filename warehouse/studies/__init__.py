"""What is worked out in Python of what the event store found for a study, by the study's name."""

from collections.abc import Callable, Iterable, Iterator

from warehouse.language.studies.attribution import KIND as ATTRIBUTION
from warehouse.language.studies.click import KIND as CLICK
from warehouse.language.studies.journeys import KIND as JOURNEYS
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.studies import attribution, click, cohorts, funnel, journeys
from warehouse.tally import Tally

ROWS: dict[str, Callable[[Plan, Iterable[list[Row]], Tally], Iterator[list[Row]]]] = {
    "funnel": funnel.rows,
    "cohorts": cohorts.rows,
    ATTRIBUTION: attribution.rows,
    CLICK: click.rows,
    JOURNEYS: journeys.rows,
}
"""From blocks of rows of a study's statement to the rows of its answer, all of them in order."""
