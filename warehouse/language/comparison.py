"""Which earlier window a question is compared with."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from warehouse.language import zones
from warehouse.language.query import Window

FEBRUARY, LEAP_DAY = 2, 29


def previous_period(window: Window, zone: str) -> Window:
    """Return the window of the same length that ends where `window` starts.

    Whole days of the zone are compared with as many whole days, however long clocks made them.
    """
    first, last = (_day_begun(moment, zone) for moment in (window.start, window.end))
    if first is None or last is None:
        return Window(window.start - (window.end - window.start), window.start)
    return Window(zones.day_start(first - (last - first), zone), window.start)


def previous_year(window: Window, zone: str) -> Window:
    """Return the window between the same dates and times of the year before."""
    return Window(*(_a_year_before(moment, zone) for moment in (window.start, window.end)))


COMPARISONS: dict[str, Callable[[Window, str], Window]] = {
    "previous_period": previous_period,
    "previous_year": previous_year,
}


def _day_begun(moment: datetime, zone: str) -> date | None:
    """Return the day that begins in `zone` at `moment`, if one does."""
    day = zones.local(moment, zone).date()
    return day if zones.day_start(day, zone) == moment else None


def _a_year_before(moment: datetime, zone: str) -> datetime:
    local = zones.local(moment, zone)
    leap = (local.month, local.day) == (FEBRUARY, LEAP_DAY)
    earlier = local.replace(year=local.year - 1, day=28 if leap else local.day)
    begun = _day_begun(moment, zone)
    if begun is not None:
        return zones.day_start(earlier.date(), zone)
    return earlier.astimezone(UTC)
