"""Random questions about random histories get the answer that plain Python works out."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine import store
from tests.warehouse.studies.cohorts import reference
from tests.warehouse.studies.cohorts.asking import ask

pytestmark = pytest.mark.django_db
MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
HISTORIES = 250
"""Visitors of one organization, each with a history of its own."""
# Where clocks are turned, by whole and half hours, at midnight too; edges of months and weeks.
PLACES = [
    ("Europe/Berlin", datetime(2024, 3, 31, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2024, 10, 27, 1, tzinfo=UTC)),
    ("America/Santiago", datetime(2024, 9, 8, 4, tzinfo=UTC)),
    ("America/Santiago", datetime(2024, 4, 7, 3, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2024, 4, 6, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2024, 10, 5, 15, 30, tzinfo=UTC)),
    ("UTC", datetime(2024, 2, 29, 23, tzinfo=UTC)),
]
STEPS = {
    "hourly": timedelta(minutes=30),
    "daily": timedelta(hours=12),
    "weekly": timedelta(days=3, hours=12),
    "monthly": timedelta(days=15),
}


def history(dice, moments):
    """One visitor's events, most of them at or just beside the edges of periods."""
    return [
        {
            "event_time": dice.choice(moments),
            "received_at": RECEIVED + dice.randrange(3) * MILLISECOND,
            "event_id": f"{dice.choice('abc')}{number}",
            "event_name": dice.choice(["view", "view", "click"]),
            "source": dice.choice(["", "google", "bing"]),
            "medium": dice.choice(["", "cpc"]),
            "conversion_event": dice.choice(["", "buy"]),
            "conversion_value": Decimal(dice.choice(["0", "0.0001", "19.99", "-3.5"])),
            "is_bot": int(dice.random() < 0.1),
        }
        for number in range(dice.randrange(10))
    ]


def moments(around, cohort_type, zone):
    """Return the edges of the periods around an instant, what lies just beside them, and more."""
    periods, step = reference.Periods(cohort_type, zone), STEPS[cohort_type]
    found = []
    for number in range(-12, 13):
        moment = around + number * step
        edge = periods.start(periods.of(moment))
        found += [edge, edge - MILLISECOND, moment, moment + timedelta(milliseconds=1500)]
    return sorted(set(found))


@st.composite
def questions(draw, around, cohort_type):
    """A request about the periods around an instant."""
    name = st.sampled_from([None, "view", "click"])
    only = [{"field": "source", "operator": "eq", "value": "google"}]
    match = st.one_of(
        name, st.builds(lambda one: {"event": one}, name), st.just({"event": None, "filters": only})
    )
    step = STEPS[cohort_type]
    asked = {
        "cohort_type": cohort_type,
        "metric": draw(
            st.sampled_from(["retention", "retention", "events", "conversions", "revenue"])
        ),
        "retention_type": draw(st.sampled_from(["recurring", "first_in_range", "first_ever"])),
        "start_event": draw(match),
        "return_event": draw(match),
        "week_start": draw(st.sampled_from(["monday", "sunday"])),
    }
    if draw(st.booleans()):
        asked["filters"] = [{"field": "medium", "operator": "eq", "value": "cpc"}]
    if draw(st.booleans()):
        asked["breakdown"] = draw(st.sampled_from([["source"], ["medium", "source"]]))
    if draw(st.integers(0, 3)):
        begin = around - draw(st.integers(4, 9)) * step
        end = begin + draw(st.integers(4, 12)) * step
        asked["time_range"] = {"start": begin.isoformat(), "end": end.isoformat()}
    if draw(st.booleans()):
        asked["periods"] = draw(st.integers(1, 6))
    if asked["metric"] == "retention":
        asked["cumulative"] = draw(st.booleans())
        asked["minimum_occurrences"] = draw(st.integers(1, 3))
    return asked


def thoroughly(examples):
    """Look at so many sets of histories; a set is too large to be made smaller step by step."""
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow, phases=phases)


@thoroughly(8)
@given(data=st.data())
def test_cohorts_equal_the_reference(embedded_engine, data):
    check(embedded_engine, data)


@thoroughly(2)
@given(data=st.data())
def test_cohorts_of_a_server_equal_the_reference(http_engine, data):
    check(http_engine, data)


def check(clickhouse, data):
    zone, around = data.draw(st.sampled_from(PLACES))
    cohort_type = data.draw(st.sampled_from([*STEPS]))
    now = around + data.draw(st.sampled_from([-2, 3, 20])) * STEPS[cohort_type]
    # No event is accepted that is more than an hour ahead.
    edges = [one for one in moments(around, cohort_type, zone) if one <= now + HOUR]
    organization, events = str(uuid.uuid4()), []
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    for number in range(HISTORIES):
        visitor = {"visitor_id": f"v{number}" if number else "", "organization_id": organization}
        few = dice.sample(edges, dice.randrange(1, len(edges)))
        events += [one | visitor for one in history(dice, few)]
    others = [one | {"organization_id": "another"} for one in events]
    store(clickhouse, [*events, *others], counted=False)
    for asked in data.draw(st.lists(questions(around, cohort_type), min_size=6, max_size=6)):
        expected = reference.answer(events, asked, zone, now)
        body = {**asked, "limit": 50_000}
        found = ask(clickhouse, organization, body, now=now, zone=zone)
        differ = set(rows_of(found["rows"])) ^ set(rows_of(expected))
        assert not differ, f"{asked} {zone} {now} {sorted(map(str, differ))[:9]}"
        assert len(found["rows"]) == len(expected)
        assert found["meta"]["exact"] is True
        assert found["meta"]["counts"]["immature_cells"] >= 0


def rows_of(rows):
    return sorted([tuple(map(plain, row)) for row in rows], key=repr)


def plain(cell):
    """Return a number without zeros that change nothing."""
    if isinstance(cell, float):
        cell = Decimal(str(cell))
    if not isinstance(cell, Decimal):
        return cell
    return int(cell) if cell == cell.to_integral() else cell.normalize()
