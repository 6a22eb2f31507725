"""How each kind of study is asked of the event store, by its name."""

from collections.abc import Callable

from warehouse.planner.plan import Plan
from warehouse.sql.binder import Template
from warehouse.sql.studies import cohorts, funnel

STATEMENTS: dict[str, Callable[[Plan], Template]] = {
    "funnel": funnel.build,
    "cohorts": cohorts.build,
}
