"""Time zones and their calendars: when a day begins, and where the clock was turned."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

STEP = timedelta(hours=1)


@cache
def names() -> frozenset[str]:
    """Return every IANA zone name this installation knows."""
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=20_000)
def day_start(day: date, zone: str) -> datetime:
    """Return the first instant, in UTC, at which the clocks of `zone` show `day` or later.

    Midnight itself may not exist (the clock jumps over it) or exist twice (the first counts).
    """
    rules = ZoneInfo(zone)
    midnight = datetime.combine(day, time())
    naive = midnight.replace(tzinfo=UTC)
    offsets = {
        moment.replace(tzinfo=rules).utcoffset() or timedelta()
        for moment in (midnight - timedelta(days=1), midnight + timedelta(days=1))
    }
    candidates = sorted(naive - offset for offset in offsets)
    for instant in candidates:
        if instant.astimezone(rules).replace(tzinfo=None) == midnight:
            return instant
    return _bisect(candidates[0] - STEP, candidates[-1] + STEP, day, rules)


def _bisect(early: datetime, late: datetime, day: date, rules: ZoneInfo) -> datetime:
    """Find the second at which the date becomes `day` or later between two instants."""
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if middle.astimezone(rules).date() >= day:
            late = middle
        else:
            early = middle
    return late


@lru_cache(maxsize=2_000)
def segments(start: datetime, end: datetime, zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """Cut [start, end) where the offset of `zone` changes: each piece's start and its offset."""
    rules = ZoneInfo(zone)
    pieces = [(start, _offset(start, rules))]
    moment = start
    while moment < end:
        after = min(moment + timedelta(days=7), end)
        moment = _first_change(moment, after, rules) or after
        if moment < end and _offset(moment, rules) != pieces[-1][1]:
            pieces.append((moment, _offset(moment, rules)))
    return tuple(pieces)


def _first_change(early: datetime, late: datetime, rules: ZoneInfo) -> datetime | None:
    offset = _offset(early, rules)
    if offset == _offset(late, rules):
        return None
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if _offset(middle, rules) == offset:
            early = middle
        else:
            late = middle
    return late


def _offset(moment: datetime, rules: ZoneInfo) -> timedelta:
    return moment.astimezone(rules).utcoffset() or timedelta()


def place(zone: str) -> ZoneInfo:
    """Return the zone's own rules."""
    return ZoneInfo(zone)


def local(moment: datetime, zone: str) -> datetime:
    """Return `moment` as the clocks of `zone` show it."""
    return moment.astimezone(ZoneInfo(zone))


@lru_cache(maxsize=50_000)
def shift(hour: int, zone: str) -> int | None:
    """Return how many seconds the clocks of `zone` are ahead of UTC all through an hour since 1970.

    None where they are turned meanwhile.
    """
    first, last = (shift_at(second, zone) for second in (hour * 3600, hour * 3600 + 3599))
    return first if first == last else None


def shift_at(second: int, zone: str) -> int:
    """Return the same at a second since 1970."""
    offset = _offset(datetime.fromtimestamp(second, UTC), ZoneInfo(zone))
    return int(offset.total_seconds())
