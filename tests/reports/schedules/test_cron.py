"""Cron expressions against a minute-by-minute reference, around the days the clock is turned."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.schedules import cron

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TURNS = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Sao_Paulo": (date(2018, 2, 18), date(2018, 11, 4)),
    "Pacific/Apia": (date(2011, 12, 30),),
    "Antarctica/Troll": (date(2026, 3, 29), date(2026, 10, 25)),
    "Asia/Kathmandu": (date(2026, 6, 1),),
    "UTC": (date(2026, 3, 1),),
}
"""Zones with days on which something happens to their clock; in two it is nothing."""


def numbers(text, least, most):
    """Return what a field says, by the rules of its grammar alone."""
    found = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            first, last = least, most
        elif not last:
            last = most if step else first
        found |= set(range(int(first), int(last) + 1, int(step or 1)))
    return found


def matcher(text):
    """Return what tells whether a clock shows a time that the expression means."""
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    minutes, hours, days, months, weekdays = (
        numbers(field, *bound) for field, bound in zip(text.split(), bounds, strict=True)
    )
    both = any(text.split()[place].startswith("*") for place in (2, 4))

    def matches(wall):
        if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
            return False
        in_day = wall.day in days
        in_week = bool({wall.isoweekday(), wall.isoweekday() % 7} & weekdays)
        return in_day and in_week if both else in_day or in_week

    return matches


def reference(text, zone, start, end):
    """Return the times in (start, end], looking at every minute there is on the clock's way."""
    rules, matches = ZoneInfo(zone), matcher(text)
    at, found, latest = start - DAY, [], None
    runs = any(field.startswith("*") for field in text.split()[:2])
    while at <= end:
        wall = at.astimezone(rules).replace(tzinfo=None)
        first = wall if runs or latest is None else latest + MINUTE
        # Of a fixed time nothing comes while the clock shows again what it has shown.
        shown = [first + MINUTE * n for n in range((wall - first) // MINUTE + 1)]
        if any(map(matches, shown)) and at > start:
            found.append(at)
        latest = max(latest or wall, wall)
        at += MINUTE
    return found


def fields(least, most):
    one = st.integers(least, most)
    # Two numbers: cronsim takes 1-1/2 for 1/2, which goes on to the end.
    two = st.lists(one, min_size=2, max_size=2, unique=True).map(sorted)
    span = two.map(lambda pair: "{}-{}".format(*pair))
    stepped = st.tuples(st.just("*") | span, st.integers(1, most)).map(
        lambda two: f"{two[0]}/{two[1]}"
    )
    return st.one_of(
        st.just("*"), stepped, st.lists(one.map(str) | span, min_size=1, max_size=3).map(",".join)
    )


EXPRESSIONS = st.tuples(
    fields(0, 59), fields(0, 5) | fields(0, 23), fields(1, 31) | st.just("*"),
    st.just("*"), fields(0, 7) | st.just("*"),
).map(" ".join)  # fmt: skip
PLACES = st.sampled_from([(zone, day) for zone in TURNS for day in TURNS[zone]])


@settings(max_examples=100, deadline=None)
@given(text=EXPRESSIONS, place=PLACES, minutes=st.integers(0, 2 * 1440), seconds=st.integers(0, 59))
@example("30 2 * * *", ("Europe/Berlin", date(2026, 3, 29)), 0, 0)
@example("0-59/5 2 * * *", ("Europe/Berlin", date(2026, 3, 29)), 0, 0)
@example("30 2 * * *", ("Europe/Berlin", date(2026, 10, 25)), 0, 0)
@example("*/10 2 * * *", ("Australia/Lord_Howe", date(2026, 4, 5)), 0, 0)
@example("*/10 3 * * *", ("Australia/Lord_Howe", date(2026, 10, 4)), 0, 0)
@example("30-59 0 * * *", ("America/Havana", date(2026, 3, 8)), 0, 0)
@example("* 0 * * *", ("America/Sao_Paulo", date(2018, 11, 4)), 0, 0)
@example("0 8 30 * *", ("Pacific/Apia", date(2011, 12, 30)), 0, 0)
@example("*/5 1-3 * * *", ("Antarctica/Troll", date(2026, 10, 25)), 1439, 59)
def test_the_times_are_those_a_clock_watcher_would_see(text, place, minutes, seconds):
    zone, day = place
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = midnight + 2 * DAY
    start = midnight - DAY + minutes * MINUTE + timedelta(seconds=seconds)
    wanted = reference(text, zone, start.replace(second=0), end)
    wanted = [at for at in wanted if at > start]
    assert list(takewhile(lambda at: at <= end, cron.times(text, zone, start))) == wanted
    if wanted:
        assert cron.following(text, zone, start) == wanted[0]
        assert cron.latest(text, zone, wanted[0], end) == wanted[-1]


@pytest.mark.parametrize("second", [0, 1, 59, 59.999])
def test_a_turn_of_the_clock_in_the_very_next_second_is_seen(second):
    before = datetime(2026, 10, 25, 0, 59, tzinfo=UTC) + timedelta(seconds=second)
    assert cron.following("*/30 2 * * *", "Europe/Berlin", before) == before.replace(
        hour=1, minute=0, second=0, microsecond=0
    )


def test_a_leap_day_is_waited_for():
    found = cron.times("0 6 29 2 *", "Asia/Kathmandu", NOW)
    assert [next(found).year for _ in range(4)] == [2028, 2032, 2036, 2040]


def test_a_repeated_hour_is_of_fixed_times_once_and_of_running_ones_twice():
    night = datetime(2026, 10, 24, 22, tzinfo=UTC)
    until = night + timedelta(hours=6)

    def count(text):
        return len(
            list(takewhile(lambda at: at <= until, cron.times(text, "Europe/Berlin", night)))
        )

    assert (count("0,30 2 * * *"), count("*/30 2 * * *"), count("0 * * * *")) == (2, 4, 6)


def following(text, zone, after):
    """Return the next time; there is one."""
    found = cron.following(text, zone, after)
    assert found is not None
    return found


def test_names_and_macros_are_understood():
    monday = cron.following("0 8 * jan-mar mon", "UTC", NOW)
    assert monday == datetime(2027, 1, 4, 8, tzinfo=UTC)
    for macro in cron.MACROS:
        assert cron.fault(macro, NOW) is None
        assert following(macro, "UTC", NOW) > NOW
    assert cron.following("@weekly", "UTC", NOW) == datetime(2026, 12, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (None, "Must be a cron expression"),
        (5, "Must be a cron expression"),
        ("", "Must be a cron expression"),
        ("0 8 * * " + ",".join(["1"] * 60), "at most 100 characters"),
        ("0 8 * *", "five fields"),
        ("0 0 8 * * 1", "no seconds"),
        ("@reboot", "@daily"),
        ("60 8 * * *", "minute makes no sense; it takes 0 to 59"),
        ("0 24 * * *", "hour makes no sense; it takes 0 to 23"),
        ("0 8 0 * *", "day-of-month makes no sense; it takes 1 to 31"),
        ("0 8 * FOO *", "month makes no sense; it takes 1 to 12"),
        ("0 8 * * 8", "day-of-week makes no sense; it takes 0 to 7"),
        ("5-1 8 * * *", "minute makes no sense"),
        ("*/0 8 * * *", "minute makes no sense"),
        ("² 8 * * *", "minute makes no sense"),
        ("0 0 31 2 *", "never comes"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 2,FOO *", "month makes no sense"),
        ("0 0 32 2 *", "day-of-month makes no sense"),
        ("*/99999 * * * *", "step of the minute is larger than its range; it may be 59"),
        ("0-59/60 8 * * *", "step of the minute"),
        ("0 */24 * * *", "step of the hour is larger than its range; it may be 23"),
        ("0 8 5,1-31/32 * *", "step of the day-of-month"),
        ("0 8 1 */13 *", "step of the month"),
        ("0 8 * * */8", "step of the day-of-week"),
        ("*/30 */23 */31 */12 */7", None),
        ("* * */20 * 1L", "never comes"),
        ("* * * * *", "5 minutes between"),
        ("*/4 * * * *", "5 minutes between"),
        ("0,3 12 1 1 *", "5 minutes between"),
        ("58 23,0 * * *", None),
        ("0,58 0,23 * * *", "5 minutes between"),
        ("*/5 * * * *", None),
        ("0 0 29 2 *", None),
        ("0 0 31 2 MON", None),
        ("0 0 LW * *", None),
        ("0 0 * * FRI#2", None),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_what_to_write(text, advice):
    found = cron.fault(text, NOW)
    assert found is None if advice is None else advice in (found or "")


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="0123456789*/-,L#W@ JANMOFEB", max_size=40) | st.text(max_size=20))
def test_whatever_is_written_is_understood_or_refused(text):
    plain = " ".join(text.split())
    if cron.fault(plain, NOW) is None:
        assert following(plain, "Europe/Berlin", NOW) > NOW


@settings(deadline=None, max_examples=60)
@given(EXPRESSIONS)
def test_what_is_let_through_does_not_come_more_often_than_allowed(text):
    if cron.fault(text, NOW) is None:
        found = [at for _, at in zip(range(200), cron.times(text, "UTC", NOW), strict=False)]
        assert all(later - one >= cron.MOST_OFTEN for one, later in pairwise(found))


def test_the_latest_of_years_of_times_is_found_at_once():
    since = datetime(2016, 1, 1, tzinfo=UTC)
    assert cron.latest("*/5 * * * *", "Europe/Berlin", since, NOW) == NOW
    assert cron.latest("0 0 29 2 *", "UTC", datetime(2016, 2, 29, tzinfo=UTC), NOW) == datetime(
        2024, 2, 29, tzinfo=UTC
    )
    assert cron.latest("0 8 1 1 *", "UTC", NOW - MINUTE, NOW) == NOW - MINUTE
