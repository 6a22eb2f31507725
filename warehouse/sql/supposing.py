"""Writes events as a question supposes them to be: some of those without a campaign in one."""

import itertools

from warehouse.language.query import Query, Supposed, leaves
from warehouse.sql import where
from warehouse.sql.binder import Asked, Binder
from warehouse.sql.moments import EPOCH, MILLISECOND, Clock
from warehouse.sql.where import Place

EDGES = ("start", "end")


def events(stored: str, query: Query, clock: Clock, binder: Binder) -> str:
    """Return what reads the view `stored` with the campaign that `query.supposed` gives events.

    The rule tells days and hours by `clock`, which is that of the question.
    """
    place = Place(binder, clock, itertools.count(_before(query)))
    start, end = (f"fromUnixTimestamp64Milli({_edge(one, binder)}, 'UTC')" for one in EDGES)
    within = (
        "campaign_id = ''",
        "is_bot = 0",
        f"event_time >= {start} AND event_time < {end}",
        *where.conditions(_of(query).where, place),
    )
    campaign = binder.bind("supposed", "String", lambda asked: _of(asked.query).campaign_id)
    given = f"if({' AND '.join(within)}, {campaign}, campaign_id)"
    return f"(SELECT * REPLACE ({given} AS campaign_id) FROM {stored})"


def _edge(edge: str, binder: Binder) -> str:
    def read(asked: Asked) -> int:
        window = _of(asked.query).window
        moment = window.start if edge == "start" else window.end
        return -((EPOCH - moment) // MILLISECOND)

    return binder.bind(("supposed", edge), "Int64", read)


def _of(query: Query) -> Supposed:
    if query.supposed is None:
        raise ValueError("Nothing is supposed.")
    return query.supposed


def _before(query: Query) -> int:
    """Return how many comparisons of the question come before those of what is supposed."""
    earlier = (*query.of_events, *query.having)
    return sum(1 for condition in earlier for _ in leaves(condition))
