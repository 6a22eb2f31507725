"""The buckets of a granularity over a window: where each begins, and what it is called."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from warehouse.language import zones
from warehouse.language.query import Window

CLOCK = {"minute": 60, "hour": 3600}
CALENDAR = ("day", "week", "month", "quarter", "year")
GRANULARITIES = (*CLOCK, *CALENDAR)
WEEK_STARTS = {"monday": 0, "sunday": 6}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MOST_BUCKETS = 50_000
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start` on, clocks are `offset` seconds ahead of UTC; both in whole seconds."""

    start: int
    offset: int


@lru_cache(maxsize=16)
def starts(
    window: Window, granularity: str, zone: str, week_start: str = "monday"
) -> tuple[int, ...]:
    """Return the Unix second at which each bucket of `window` begins, in order.

    Clock buckets follow the clock on the wall and begin anew where it is turned, so an hour that
    happens twice is two buckets. Calendar buckets may begin before the window does.
    """
    if granularity in CLOCK:
        return tuple(_clock_starts(window, CLOCK[granularity], zone))
    days = calendar_days(window, granularity, zone, week_start)
    return tuple(sorted({int(zones.day_start(day, zone).timestamp()) for day in days}))


def estimate(window: Window, granularity: str) -> int:
    """Return roughly how many buckets `window` has, without making them."""
    seconds = (window.end - window.start).total_seconds()
    return int(seconds // CLOCK.get(granularity, 86_400)) + 2


def count(window: Window, granularity: str, zone: str, week_start: str = "monday") -> int:
    """Return how many buckets `window` has; a day that a zone left out is counted too."""
    if granularity in CLOCK:
        return len(_clock_starts(window, CLOCK[granularity], zone))
    return len(calendar_days(window, granularity, zone, week_start))


def segments(window: Window, zone: str) -> list[Segment]:
    """Return the spans of one offset each that cover `window`.

    They are looked for from an hour earlier: the first bucket may begin where a clock was turned.
    """
    pieces = [
        Segment(int(start.timestamp()), int(offset.total_seconds()))
        for start, offset in zones.segments(window.start - HOUR, window.end, zone)
    ]
    before = [piece for piece in pieces if piece.start <= window.start.timestamp()]
    return pieces[len(before) - 1 :]


def clock_start(second: int, step: int, segment: Segment) -> int:
    """Return the start of the clock bucket that holds `second`, which lies in `segment`."""
    return max((second + segment.offset) // step * step - segment.offset, segment.start)


def _clock_starts(window: Window, step: int, zone: str) -> list[int]:
    pieces = segments(window, zone)
    ends = [piece.start for piece in pieces[1:]] + [_ceiling(window.end)]
    opening = int(window.start.timestamp())
    found: list[int] = []
    for piece, end in zip(pieces, ends, strict=True):
        begin = clock_start(max(piece.start, opening), step, piece)
        found.append(begin)
        following = (begin + piece.offset) // step * step + step - piece.offset
        found.extend(range(following, end, step))
    return found


def _ceiling(moment: datetime) -> int:
    return -int(-moment.timestamp() // 1)


def calendar_days(
    window: Window, granularity: str, zone: str, week_start: str = "monday"
) -> list[date]:
    """Return the first day of each calendar bucket that touches `window`."""
    last = zones.local(window.end, zone).date()
    days = [floor(zones.local(window.start, zone).date(), granularity, week_start)]
    while days[-1] <= last:
        days.append(next_start(days[-1], granularity))
    # When a day begins takes long to find out, and only the last ones may begin too late.
    while len(days) > 1 and zones.day_start(days[-1], zone) >= window.end:
        days.pop()
    return days


def floor(day: date, granularity: str, week_start: str = "monday") -> date:
    """Return the first day of the calendar bucket that holds `day`."""
    if granularity == "day":
        return day
    if granularity == "week":
        return day - timedelta(days=(day.weekday() - WEEK_STARTS[week_start]) % 7)
    months = MONTHS[granularity]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def next_start(day: date, granularity: str, count: int = 1) -> date:
    """Return the first day of the bucket `count` (may be negative) after the one of `day`."""
    if granularity in MONTHS:
        months = day.year * 12 + day.month - 1 + count * MONTHS[granularity]
        return date(months // 12, months % 12 + 1, 1)
    return day + timedelta(days=count * (7 if granularity == "week" else 1))


def label(start: int, granularity: str, zone: str) -> str:
    """Return a bucket's name: RFC 3339 with the zone's offset, or a date from day upwards."""
    moment = zones.local(datetime.fromtimestamp(start, UTC), zone)
    return moment.isoformat() if granularity in CLOCK else moment.date().isoformat()
