"""What every study reads: the events of one organization's visitors, and which of them count."""

import itertools

from warehouse.language.query import Query
from warehouse.language.study import Match
from warehouse.planner.grain import steady
from warehouse.planner.plan import Plan
from warehouse.planner.rollups import DAY
from warehouse.planner.tables import EVENTS, joins_sessions
from warehouse.sql import fields, rows, where
from warehouse.sql.binder import Binder
from warehouse.sql.figures import KNOWN
from warehouse.sql.moments import Clock
from warehouse.sql.where import Place

MOMENT = "toUnixTimestamp64Milli(event_time)"
"""When an event happened, in milliseconds of Unix time."""


class Histories:
    """The rows of `plan` while its statement is written.

    `source` is what is read; `within` are the conditions that keep to the organization's visitors,
    the stretch of time and the filters; `matches` are the conditions of the study's own matches.
    Every one of these may stand in the statement several times.
    """

    def __init__(self, plan: Plan, binder: Binder) -> None:
        query = plan.query
        (branch,) = plan.branches
        self.binder = binder
        self.clock = Clock(
            rows.EVENT_SECOND,
            steady=steady(query, query.read),
            joined=joins_sessions(EVENTS, query),
        )
        self.source, bounds = rows.of_branch(branch, query, _grain(query), binder)
        place = Place(binder, self.clock, itertools.count())
        self.within = [KNOWN, *bounds, *where.conditions(query.where, place)]
        own = query.study.matches if query.study else ()
        self.matches = [self._match(match, place) for match in own]

    def stored(self, field: str) -> str:
        """Return the value of a field as it is grouped by."""
        return fields.stored(field, self.clock, self.binder)

    def _match(self, match: Match, place: Place) -> str:
        parts = where.conditions(match.where, place)
        if (name := match.event) is not None:
            bound = self.binder.bind(("event", name), "String", lambda _: name)
            parts.insert(0, f"event_name = {bound}")
        return f"({' AND '.join(parts)})" if parts else "1"


def _grain(query: Query) -> int:
    """Return a day if the edges of what is read cut none: whole days are read faster."""
    edges = (query.read.start, query.read.end)
    return 0 if any(edge.timestamp() % DAY for edge in edges) else DAY
