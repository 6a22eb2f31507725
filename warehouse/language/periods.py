"""Which span of time a request means: named periods, dates and instants, in a time zone."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from warehouse.language import buckets, zones
from warehouse.language.faults import Faults, shorten
from warehouse.language.query import Window

DEFAULT_PERIOD = "last_30_days"
EARLIEST, LATEST = date(1970, 1, 2), date(2100, 1, 1)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST = {
    **{unit: timedelta(seconds=seconds) for unit, seconds in buckets.CLOCK.items()},
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}
LAST = re.compile(r"last_([1-9]\d{0,5})_(minute|hour|day|week|month|quarter|year)s?")
CALENDAR = {f"this_{unit}": (unit, 0) for unit in buckets.CALENDAR} | {
    f"last_{unit}": (unit, -1) for unit in buckets.CALENDAR
}
NAMED = {**CALENDAR, "today": ("day", 0), "yesterday": ("day", -1)}
EXAMPLES = (*NAMED, "last_30_minutes", "last_24_hours", "last_7_days", "last_12_weeks")


def resolve(
    body: Mapping[str, Any],
    zone: str,
    now: datetime,
    faults: Faults,
    week_start: str = "monday",
) -> Window | None:
    """Return the window `time_range` or `period` names; faults are noted and give None."""
    spans = body.get("time_range"), body.get("period")
    if None not in spans:
        faults.add("period", "conflict", "Give either time_range or period, not both.")
        return None
    if spans[0] is not None:
        return _range(spans[0], zone, now, faults)
    name = DEFAULT_PERIOD if spans[1] is None else spans[1]
    return _period(name, zone, now, faults, week_start)


def _period(
    name: object, zone: str, now: datetime, faults: Faults, week_start: str
) -> Window | None:
    today = zones.local(now, zone).date()
    if not isinstance(name, str):
        faults.add("period", "invalid", "Must be a name such as last_7_days.")
        return None
    if name in NAMED:
        unit, shift = NAMED[name]
        start = buckets.next_start(buckets.floor(today, unit, week_start), unit, shift)
        return _days(start, buckets.next_start(start, unit), zone)
    if match := LAST.fullmatch(name):
        return _last((int(match[1]), match[2]), zone, now, faults, week_start)
    faults.unknown("period", name, EXAMPLES)
    return None


def _last(
    span: tuple[int, str], zone: str, now: datetime, faults: Faults, week_start: str
) -> Window | None:
    """The running minute, hour, day … and the `count` - 1 before it."""
    count, unit = span
    reach = count * LONGEST[unit]
    if reach > now - zones.day_start(EARLIEST, "UTC"):
        faults.add("period", "out-of-range", f"Must not reach back before {EARLIEST}.")
        return None
    if unit in buckets.CLOCK:
        step = LONGEST[unit]
        local = zones.local(now, zone)
        offset = local.utcoffset() or timedelta()
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        end = now - (now - epoch + offset) % step + step
        return Window(end - count * step, end)
    running = buckets.floor(zones.local(now, zone).date(), unit, week_start)
    first = buckets.next_start(running, unit, 1 - count)
    return _days(first, buckets.next_start(running, unit), zone)


def _days(start: date, end: date, zone: str) -> Window:
    return Window(zones.day_start(start, zone), zones.day_start(end, zone))


def _range(span: object, zone: str, now: datetime, faults: Faults) -> Window | None:
    if not isinstance(span, Mapping):
        faults.add("time_range", "invalid", 'Must be {"start": …, "end": …}.')
        return None
    for name in sorted(set(map(str, span)) - {"start", "end"}):
        faults.unknown(f"time_range.{name}", name, ("start", "end"))
    if span.get("start") is None:
        faults.add("time_range.start", "required", "Say where the range starts.")
        return None
    start = instant(span["start"], zone, "time_range.start", faults)
    last = span.get("end")
    if last is None:
        last = zones.local(now, zone).date().isoformat()
    end = instant(last, zone, "time_range.end", faults, closing=True)
    if start is None or end is None:
        return None
    if start >= end:
        faults.add("time_range.end", "out-of-range", "Must be after the start.")
        return None
    return Window(start, end)


def instant(
    value: object, zone: str, path: str, faults: Faults, *, closing: bool = False
) -> datetime | None:
    """Read an RFC 3339 time or a date, which is a day of `zone` (its end when `closing`).

    A time without an offset is one of `zone`. Returns UTC; faults are noted and give None.
    """
    try:
        moment = _moment(value, zone, closing=closing)
    except (ValueError, OverflowError):
        faults.add(path, "invalid", f"{shorten(value)} is no date (YYYY-MM-DD) or RFC 3339 time.")
        return None
    if not zones.day_start(EARLIEST, "UTC") <= moment <= zones.day_start(LATEST, "UTC"):
        faults.add(path, "out-of-range", f"Must lie between {EARLIEST} and {LATEST}.")
        return None
    return moment


def _moment(value: object, zone: str, *, closing: bool) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004
    elif DATE.fullmatch(value):
        day = date.fromisoformat(value)
        return zones.day_start(day + timedelta(days=1) if closing else day, zone)
    else:
        moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zones.place(zone))
    return moment.astimezone(UTC)
