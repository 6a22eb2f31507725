"""What an answer about cohorts must be, worked out by plain and slow Python.

Written from the definitions, event by event; it shares nothing with the engine.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
"""Clocks of the zones asked about are turned, and ahead of UTC, by whole ones of these."""
UNITS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}


class Periods:
    """Calendar periods of a zone, by name: the instant of an hour, or the first day of others."""

    def __init__(self, cohort_type, zone, week_start="monday"):
        self.type, self.zone, self.week_start = cohort_type, ZoneInfo(zone), week_start
        self.of, self.start, self.next = map(cache, (self._of, self._start, self._next))

    def _of(self, moment):
        """Return the period in which a moment lies."""
        if self.type == "hourly":
            return self._hour(moment)
        day = moment.astimezone(self.zone).date()
        if self.type == "weekly":
            first = 0 if self.week_start == "monday" else 6
            return day - timedelta(days=(day.weekday() - first) % 7)
        return day.replace(day=1) if self.type == "monthly" else day

    def _hour(self, moment):
        """Walk back to the first quarter in which the clock shows the same hour and offset."""

        def shown(instant):
            local = instant.astimezone(self.zone)
            return local.date(), local.hour, local.utcoffset()

        start = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
        while shown(start - QUARTER) == shown(moment):
            start -= QUARTER
        return start.astimezone(UTC)

    def _start(self, period):
        """Return the first instant of a period, by walking over the hours around midnight."""
        if isinstance(period, datetime):
            return period
        instant = datetime.combine(period, datetime.min.time(), UTC) - 26 * HOUR
        while self.of(instant) < period:
            instant += QUARTER
        return instant

    def _next(self, period):
        """Return the period after one."""
        if isinstance(period, datetime):
            instant = period
            while self.of(instant) == period:
                instant += QUARTER
            return self.of(instant)
        if self.type == "monthly":
            return date(period.year + period.month // 12, period.month % 12 + 1, 1)
        return period + timedelta(days=7 if self.type == "weekly" else 1)

    def shown(self, period):
        """Return how an answer calls a period."""
        if isinstance(period, date) and not isinstance(period, datetime):
            return period.isoformat()
        return period.astimezone(self.zone).isoformat()


def timeline(asked, periods, now):
    """Return the cohorts' own periods, and how many periods each cohort has."""
    if "time_range" not in asked:
        count = asked.get("periods", 12)
        wanted = [periods.of(now)]
        while len(wanted) < count:
            wanted.insert(0, periods.of(periods.start(wanted[0]) - timedelta(milliseconds=1)))
        return wanted, count
    start, end = (datetime.fromisoformat(asked["time_range"][edge]) for edge in ("start", "end"))
    one, wanted = periods.of(start), []
    while periods.start(one) < end:
        if periods.start(one) >= start:
            wanted.append(one)
        one = periods.next(one)
    return wanted, asked.get("periods", len(wanted))


def matches(event, match):
    """Whether an event is of a name (None: any) and has a source, if that is asked for."""
    if isinstance(match, str):
        match = {"event": match}
    match = match or {}
    named = match.get("event") in (None, event["event_name"])
    return named and all(event[one["field"]] == one["value"] for one in match.get("filters", []))


def answer(events, asked, zone, now):
    """Return the rows of `asked`, of each breakdown value a table, in no order of values."""
    periods = Periods(asked["cohort_type"], zone, asked.get("week_start", "monday"))
    wanted, count = timeline(asked, periods, now)
    following = list(wanted)
    while len(following) < len(wanted) + count:
        following.append(periods.next(following[-1]))
    members: dict[Any, set[str]] = defaultdict(set)
    sums: dict[Any, Any] = defaultdict(int)
    for visitor, history in histories_of(events, asked, periods).items():
        starts = [e for e in history if matches(e, asked.get("start_event"))]
        returns = [e for e in history if matches(e, asked.get("return_event"))]
        for cohort in cohorts_of(starts, wanted, asked):
            first = next(e for e in starts if e["period"] == cohort)
            value = tuple(first[name] or None for name in asked.get("breakdown", []))
            members[value, cohort].add(visitor)
            place = following.index(cohort)
            for number in range(count):
                sums[value, cohort, number] += counted(
                    returns, following[place + number], number, asked
                )
    rows = []
    for value in {value for value, _ in members} if asked.get("breakdown") else {()}:
        for place, cohort in enumerate(wanted):
            size = len(members[value, cohort])
            for number in range(count):
                found = sums[value, cohort, number]
                rate = round(float(found) / size, 4) if size else None
                mature = periods.start(following[place + number + 1]) <= now
                rows.append((*value, periods.shown(cohort), size, number, found, rate, mature))
    return rows


def histories_of(events, asked, periods):
    """Return the events that count of each visitor, in order, each with its period."""
    found: dict[str, list[Any]] = defaultdict(list)
    for event in events:
        hidden = event["is_bot"] or not matches(event, {"filters": asked.get("filters", [])})
        if event["visitor_id"] and not hidden:
            found[event["visitor_id"]].append(event | {"period": periods.of(event["event_time"])})
    for history in found.values():
        history.sort(key=lambda e: (e["event_time"], e["received_at"], e["event_id"]))
    return found


def cohorts_of(starts, wanted, asked):
    """Return the cohorts of a visitor, whose start events are in order."""
    found = [e["period"] for e in starts]
    listed = [one for one in dict.fromkeys(found) if one in wanted]
    kind = asked.get("retention_type", "recurring")
    if kind == "recurring":
        return listed
    if kind == "first_in_range":
        return listed[:1]
    return [one for one in found[:1] if one in wanted]


def counted(returns, period, number, asked):
    """Return what a visitor adds to a cell."""
    metric = asked["metric"]
    inside = [e for e in returns if e["period"] == period]
    if metric == "events":
        return len(inside)
    if metric == "conversions":
        return sum(e["conversion_event"] != "" for e in inside)
    if metric == "revenue":
        return sum((e["conversion_value"] for e in inside), Decimal(0))
    if number == 0:
        return 1
    least = asked.get("minimum_occurrences", 1)
    often: dict[Any, int] = defaultdict(int)
    for event in returns:
        often[event["period"]] += 1
    enough = [one for one, times in often.items() if times >= least]
    if asked.get("cumulative"):
        return int(any(one >= period for one in enough))
    return int(period in enough)
