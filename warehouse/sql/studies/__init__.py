"""How each kind of study is asked of the event store, by its name."""

from collections.abc import Callable

from warehouse.planner.plan import Plan
from warehouse.sql.binder import Template
from warehouse.sql.studies import cohorts

STATEMENTS: dict[str, Callable[[Plan], Template]] = {"cohorts": cohorts.build}
