"""Which earlier window a question is compared with, and which of its buckets with which."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from warehouse.language import buckets, zones
from warehouse.language.query import Query, Window

FEBRUARY, LEAP_DAY = 2, 29
LONGER = ("week", "month", "quarter", "year")
DAY = timedelta(days=1)
Earlier = Callable[[Window, str, str | None, str], Window]


def previous_period(
    window: Window, zone: str, granularity: str | None = None, week_start: str = "monday"
) -> Window:
    """Return the window of the same length that ends where `window` starts.

    Whole weeks, months and longer are compared with as many whole ones if asked for by these,
    and whole days of the zone with as many whole days, however long clocks made them.
    """
    first, last = (_day_begun(moment, zone) for moment in (window.start, window.end))
    if first is None or last is None:
        return Window(window.start - (window.end - window.start), window.start)
    earlier = first - (last - first)
    if granularity in LONGER and all(
        buckets.floor(day, granularity, week_start) == day for day in (first, last)
    ):
        count = buckets.count(window, granularity, zone, week_start)
        earlier = buckets.next_start(first, granularity, -count)
    return Window(zones.day_start(earlier, zone), window.start)


def previous_year(window: Window, zone: str, *_: str | None) -> Window:
    """Return the window between the same dates, or times, of the year before."""
    first, last = (_day_begun(moment, zone) for moment in (window.start, window.end))
    if first is not None and last is not None:
        final = _a_year_earlier(last - DAY)
        return Window(
            zones.day_start(_a_year_earlier(first), zone), zones.day_start(final + DAY, zone)
        )
    start, end = (_moment_a_year_earlier(moment, zone) for moment in (window.start, window.end))
    # Clocks that were turned then may have left nothing of a short window.
    return Window(start, end if end > start else start + (window.end - window.start))


COMPARISONS: dict[str, Earlier] = {
    "previous_period": previous_period,
    "previous_year": previous_year,
}


def pairs(query: Query) -> list[tuple[int, int]]:
    """Return the Unix seconds at which an earlier bucket and the one it is compared with begin.

    Years are compared date by date, other periods from their first bucket on.
    """
    window, earlier = query.window, query.previous
    if earlier is None or query.granularity is None:
        return []
    theirs, ours = (
        buckets.starts(one, query.granularity, query.timezone, query.week_start)
        for one in (earlier, window)
    )
    if query.compare != "previous_year":
        return list(zip(theirs, ours, strict=False))
    found: dict[int, int] = {}
    for start in ours:
        moment = _moment_a_year_earlier(datetime.fromtimestamp(start, UTC), query.timezone)
        place = bisect_right(theirs, int(moment.timestamp())) - 1
        found.setdefault(theirs[max(place, 0)], start)
    return list(found.items())


def _day_begun(moment: datetime, zone: str) -> date | None:
    """Return the day that begins in `zone` at `moment`, if one does."""
    day = zones.local(moment, zone).date()
    return day if zones.day_start(day, zone) == moment else None


def _a_year_earlier(day: date) -> date:
    leap = (day.month, day.day) == (FEBRUARY, LEAP_DAY)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def _moment_a_year_earlier(moment: datetime, zone: str) -> datetime:
    begun = _day_begun(moment, zone)
    if begun is not None:
        return zones.day_start(_a_year_earlier(begun), zone)
    local = zones.local(moment, zone)
    day = _a_year_earlier(local.date())
    return local.replace(year=day.year, day=day.day).astimezone(UTC)
