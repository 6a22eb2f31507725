"""How fine the edges of time in a question are: which spans of a rollup they never cut."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from warehouse.language import buckets, zones
from warehouse.language.fields import FIELDS, TIME
from warehouse.language.query import Query, Window
from warehouse.language.reach import windows
from warehouse.planner.rollups import DAY, QUARTER

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FINEST = {"minute": 60, "hour": QUARTER, "hour_of_day": QUARTER}
"""What cuts time finer than at the begins of days, and the widest span it leaves whole."""


def grain(query: Query) -> int:
    """Return the width in seconds of the widest spans, begun at UTC midnight, that stay whole."""
    edges = [edge for window in windows(query) for edge in (window.start, window.end)]
    offsets = list(_turns(query)) if uses_clock(query) else []
    cutting = (query.granularity or "", *query.fields)
    finest = min(FINEST.get(name, DAY) for name in cutting)
    every = [(edge - EPOCH) / SECOND for edge in edges] + offsets
    return next((step for step in (DAY, QUARTER) if step <= finest and _divides(step, every)), 0)


def steady(query: Query, window: Window) -> bool:
    """Return whether clocks are not turned from the day in which `window` starts to its end."""
    return len(_segments(query, window)) == 1


def uses_clock(query: Query) -> bool:
    """Return whether the answer depends on what clocks of the zone show."""
    timed = any(name in FIELDS and FIELDS[name].scope == TIME for name in query.fields)
    return query.granularity is not None or timed


def _turns(query: Query) -> Iterator[float]:
    """Yield the offsets from UTC, and the moments at which they change, as seconds."""
    for window in windows(query):
        for index, segment in enumerate(_segments(query, window)):
            yield segment.offset
            if index:
                yield segment.start


def _segments(query: Query, window: Window) -> list[buckets.Segment]:
    zone = query.timezone
    begun = zones.day_start(zones.local(window.start, zone).date(), zone)
    # A second earlier: clocks that are turned as the day begins make a day of another length.
    return buckets.segments(Window(min(begun, window.start) - SECOND, window.end), zone)


def _divides(step: int, seconds: list[float]) -> bool:
    return all(second % step == 0 for second in seconds)
