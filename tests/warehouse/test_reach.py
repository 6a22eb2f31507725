"""Which days an answer depends on: their changes, and no others, make a kept one stale."""

import uuid
from datetime import date, timedelta

import pytest

from tests.warehouse.asking import NOON, NOW, query, tell
from warehouse import days, engine
from warehouse.cache.l1 import L1
from warehouse.cache.lifetimes import is_over
from warehouse.days import DayCount


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({}, "2024-05-10"),
        ({"compare": "previous_period"}, "2024-05-02"),
        ({"compare": "previous_year"}, "2023-05-10"),
        # A session of the window may begin before it and go on after it.
        ({"metrics": ["sessions"]}, "2024-05-07"),
        ({"metrics": ["sessions"]}, "2024-05-15"),
        ({"dimensions": ["landing_page"]}, "2024-05-07"),
        (
            {"filters": [{"field": "bounce_rate", "operator": "gt", "value": 0.5}]},
            "2024-05-15",
        ),
    ],
)
def test_whatever_an_answer_depends_on_makes_it_stale(clickhouse, cache, body, changed):
    organization = tell(clickhouse, {})
    span = {"start": "2024-05-08", "end": "2024-05-14"}
    asked = query(organization, time_range=span, **body)
    engine.run(asked, clickhouse=clickhouse, cache=cache, now=NOW, tag="test", timeout_seconds=30)
    far = {(organization, date(2024, 4, 1)): DayCount(1, 50, NOON)}
    days.record(far)
    assert engine.lookup(asked, cache=L1(cache), now=NOW)
    days.record({(organization, date.fromisoformat(changed)): DayCount(1, 50, NOON)})
    assert engine.lookup(asked, cache=L1(cache), now=NOW) is None


@pytest.mark.django_db
def test_what_is_remembered_of_days_is_of_those_that_count(clickhouse, cache, ticks):
    organization = tell(clickhouse, {})
    span = {"start": "2024-05-08", "end": "2024-05-08"}
    days.record({(organization, date(2024, 5, 7)): DayCount(1, 50, NOON)})
    near = L1(cache, clock=lambda: ticks[0])
    for metrics in (["events"], ["sessions"]):
        asked = query(organization, time_range=span, metrics=metrics)
        engine.run(
            asked, clickhouse=clickhouse, cache=cache, now=NOW, tag="test", timeout_seconds=30
        )
        assert engine.lookup(asked, cache=near, now=NOW)


@pytest.mark.django_db
def test_sessions_of_yesterday_are_over_a_day_later(clickhouse):
    span = {"start": "2024-05-31", "end": "2024-05-31"}
    events = query(str(uuid.uuid4()), time_range=span)
    sessions = query(str(uuid.uuid4()), time_range=span, metrics=["sessions"])
    assert is_over(events, NOW)
    assert not is_over(sessions, NOW)
    assert is_over(sessions, NOW + timedelta(days=1))
