"""Which times a cron expression means in a time zone, and what is wrong with one.

Expressions are read by `cronsim`, which reads them as Debian's cron does: minute, hour, day of the
month, month, day of the week; names such as MON and JAN; if neither day field begins with a star,
one of the two is enough. Where the clock is turned, Debian's rule holds too. An expression whose
minute or hour begins with a star runs along with time: it comes at every minute whose clock it
matches, twice in an hour that is repeated, not at all in one that is left out. Any other is of a
fixed time of day: what falls into hours that are left out comes once, at the first minute after
them, and in hours that are repeated it comes the first time only.

We walk with `cronsim` along the clock on the wall alone, and say ourselves which instants show it:
its own walk through a zone leaves out times where the clock is turned by half an hour.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cronsim import CronSim, CronSimError

from warehouse.language import zones

LONGEST = 100
EXAMPLE = 'such as "0 8 * * MON" (Mondays at 8:00)'
MACROS: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * SUN",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
TAKES: Mapping[str, str] = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31 or L for the last",
    "month": "1 to 12 or JAN to DEC",
    "day-of-week": "0 to 7 or SUN to SAT",
}
HIGHEST: Mapping[str, int] = {
    "minute": 59,
    "hour": 23,
    "day-of-month": 31,
    "month": 12,
    "day-of-week": 7,
}
"""The largest step of each field: what goes beyond it would come once, whatever it seems to say."""
NEVER = f"This day never comes; write one that does, {EXAMPLE}."
MOST_OFTEN = timedelta(minutes=5)
TOO_OFTEN = 'Must have 5 minutes between any two times, such as "*/5 * * * *" or "10,40 * * * *".'
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


def fault(text: object, now: datetime) -> str | None:
    """Say what is wrong with an expression and what to write in its place; None: nothing is.

    How often it comes is judged by the times of one day and the first of the next, on whichever
    days it comes: no two may be nearer than `MOST_OFTEN`.
    """
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
        return f"Must be a cron expression of at most {LONGEST} characters, {EXAMPLE}."
    if text.startswith("@") and text not in MACROS:
        return f"There are {', '.join(MACROS)}; else write five fields, {EXAMPLE}."
    if len(_plain(text).split()) != 5:
        return f"Must have five fields (minute, hour, day, month, weekday; no seconds), {EXAMPLE}."
    try:
        walk = CronSim(_plain(text), _on_the_wall(now, "UTC"))
    except CronSimError as error:
        if _is_beyond_its_months(_plain(text), now):
            return NEVER
        name = str(error).removeprefix("Bad ")
        return f"The {name} makes no sense; it takes {TAKES[name]}: *, 1, 1-5, */2 or 1,3."
    for name, highest in _oversteps(_plain(text)):
        return f"The step of the {name} is larger than its range; it may be {highest} at most."
    if next(walk, None) is None:
        return NEVER
    return TOO_OFTEN if _nearest(walk) < MOST_OFTEN else None


def _is_beyond_its_months(text: str, now: datetime) -> bool:
    """Tell whether all that is wrong is that no month named has such a day."""
    minute, hour, day, _, weekday = text.split()
    try:
        CronSim(f"{minute} {hour} {day} * {weekday}", _on_the_wall(now, "UTC"))
        CronSim(f"{minute} {hour} * {text.split()[3]} {weekday}", _on_the_wall(now, "UTC"))
    except CronSimError:
        return False
    return True


def _oversteps(text: str) -> Iterator[tuple[str, int]]:
    """Yield the fields with a step beyond their range, and the largest that they may have."""
    for (name, highest), field in zip(HIGHEST.items(), text.split(), strict=True):
        steps = (term.partition("/")[2] for term in field.split(","))
        if any(int(step or 0) > highest for step in steps):
            yield name, highest


def following(text: str, zone: str, after: datetime) -> datetime | None:
    """Return the first time after an instant, in UTC; None if none comes in fifty years."""
    return next(times(text, zone, after), None)


def latest(text: str, zone: str, since: datetime, now: datetime) -> datetime:
    """Return the last of the times from `since`, which is one of them, up to `now`."""
    reach = timedelta(hours=1)
    while True:
        start = max(since, now - reach)
        found = deque(_until(text, zone, start, now), maxlen=1)
        if found or start == since:
            return found[0] if found else since
        reach *= 8


def times(text: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the times after an instant, in UTC."""
    after = after.astimezone(UTC).replace(microsecond=0)
    minute, hour, *_ = _plain(text).split()
    walk = _running if minute.startswith("*") or hour.startswith("*") else _fixed
    return walk(_plain(text), zone, after)


def _until(text: str, zone: str, after: datetime, end: datetime) -> Iterator[datetime]:
    for found in times(text, zone, after):
        if found > end:
            return
        yield found


def _fixed(text: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the first instants that show each time of day; those left out are caught up on once."""
    for wall in CronSim(text, _on_the_wall(after, zone)):
        found = wall.replace(tzinfo=zones.place(zone)).astimezone(UTC)
        if _on_the_wall(found, zone) != wall:
            found = _last_turn(found, zone)
        if found > after:
            after = found
            yield found


def _running(text: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield every instant that shows what the expression says, offset by offset."""
    stretch = _Stretch(after, zones.local(after, zone).utcoffset() or timedelta())
    while True:
        wall = next(CronSim(text, stretch.wall), None)
        if wall is None:
            return
        found = (wall - stretch.offset).replace(tzinfo=UTC)
        turn = _next_turn(stretch.after, found, zone)
        stretch = turn or _Stretch(found, stretch.offset)
        if turn is None:
            yield found


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The time after an instant, as long as the clock is not turned."""

    after: datetime
    offset: timedelta

    @property
    def wall(self) -> datetime:
        return (self.after + self.offset).replace(tzinfo=None)


def _next_turn(after: datetime, end: datetime, zone: str) -> _Stretch | None:
    """Return what begins where the clock is first turned after an instant and not after `end`."""
    for start, offset in _pieces(after, end, zone):
        if after + INSTANT < start <= end:
            return _Stretch(start - INSTANT, offset)
    return None


def _last_turn(before: datetime, zone: str) -> datetime:
    """Return when the clock was last turned; it was, in the two days before."""
    return max(start for start, _ in _pieces(before - 2 * DAY, before, zone) if start <= before)


def _pieces(start: datetime, end: datetime, zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    # By whole days, so that the same ones are asked for again and are remembered.
    return zones.segments(_midnight(start), _midnight(end) + DAY, zone)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _on_the_wall(at: datetime, zone: str) -> datetime:
    return zones.local(at, zone).replace(tzinfo=None)


def _plain(text: str) -> str:
    return MACROS.get(text, text)


def _nearest(walk: CronSim) -> timedelta:
    """Return the smallest gap between the times of one day and the first of the next."""
    minutes = sorted(60 * hour + minute for hour in walk.hours for minute in walk.minutes)
    gaps = (later - one for one, later in pairwise([*minutes, minutes[0] + 24 * 60]))
    return timedelta(minutes=min(gaps))
