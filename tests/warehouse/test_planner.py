"""The smallest table that answers exactly is taken, and what speaks against the others is said."""

from datetime import UTC, datetime

import pytest

from warehouse.language.parse import parse_query
from warehouse.planner.grain import grain, steady
from warehouse.planner.plan import plan

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
MAY = {"time_range": {"start": "2024-05-01", "end": "2024-05-31"}}


def asked(zone="UTC", **body):
    return parse_query(MAY | body, organization="o1", timezone=zone, now=NOW)


def table(zone="UTC", **body):
    return plan(asked(zone, **body)).table


def leaf(field, value="x", operator="eq"):
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "acquisition_1d"),
        ({"granularity": "day", "dimensions": ["source"]}, "acquisition_1d"),
        ({"granularity": "month", "metrics": ["visitors", "revenue"]}, "acquisition_1d"),
        ({"granularity": "hour"}, "acquisition_15m"),
        ({"dimensions": ["hour_of_day"]}, "acquisition_15m"),
        ({"dimensions": ["weekday", "country"]}, "audience_1d"),
        ({"dimensions": ["path"], "filters": [leaf("event_name", "view")]}, "content_1d"),
        ({"filters": [leaf("event_date", "2024-05-05")]}, "acquisition_1d"),
        ({"filters": [leaf("is_bot", False)], "include_bots": True}, "acquisition_1d"),
        ({"dimensions": ["source", "country"]}, "events"),
        ({"dimensions": ["properties.plan"]}, "events"),
        ({"granularity": "minute"}, "events"),
        ({"sample": 0.5}, "events"),
        ({"exact": True}, "acquisition_1d"),
        ({"exact": True, "metrics": ["visitors"]}, "events"),
        ({"exact": True, "metrics": ["conversion_rate"]}, "events"),
        ({"metrics": ["sessions"]}, "sessions"),
        ({"metrics": ["bounce_rate"], "dimensions": ["landing_page"]}, "sessions"),
        ({"metrics": ["sessions"], "granularity": "day"}, "sessions"),
        ({"metrics": ["sessions", "page_views"]}, "acquisition_1d + sessions"),
        ({"metrics": ["sessions"], "dimensions": ["source"]}, "events + sessions"),
        ({"metrics": ["sessions"], "filters": [leaf("path", "/")]}, "events + sessions"),
        ({"metrics": ["events"], "dimensions": ["landing_page"]}, "events + sessions"),
        ({"metrics": ["sessions"], "filters": [leaf("hour_of_day", 3)]}, "events + sessions"),
    ],
)
def test_the_smallest_table_that_answers_exactly_is_taken(body, expected):
    if body.get("granularity") == "minute":
        body = body | {"time_range": {"start": "2024-05-01", "end": "2024-05-02"}}
    assert table(**body) == expected


@pytest.mark.parametrize(
    ("zone", "step"),
    [
        ("UTC", 86_400),
        ("Atlantic/Reykjavik", 86_400),
        ("Europe/Berlin", 900),
        ("Asia/Kolkata", 900),
        ("Asia/Kathmandu", 900),
        ("Australia/Lord_Howe", 900),
    ],
)
def test_days_of_a_zone_are_cut_as_finely_as_its_offsets_need(zone, step):
    assert grain(asked(zone, granularity="day")) == step


def test_a_day_that_begins_as_clocks_are_turned_is_not_steady():
    span = {"time_range": {"start": "2024-09-08", "end": "2024-09-08"}}
    query = asked("America/Santiago", granularity="day", **span)
    assert not steady(query, query.window)


def test_a_zone_that_once_was_odd_is_answered_from_events():
    span = {"time_range": {"start": "1971-01-01", "end": "1971-12-31"}}
    assert grain(asked("Africa/Monrovia", granularity="day", **span)) == 0
    assert table("Africa/Monrovia", granularity="day", **span) == "events"


def test_a_window_that_cuts_a_span_is_answered_from_events():
    span = {"time_range": {"start": "2024-05-01T00:00:00Z", "end": "2024-05-02T00:07:00Z"}}
    assert table(**span) == "events"
    assert table(metrics=["sessions"], **span) == "events + sessions"
    fine = {"time_range": {"start": "2024-05-01T00:00:00Z", "end": "2024-05-02T00:15:00Z"}}
    assert table(**fine) == "acquisition_15m"


def test_the_window_that_is_compared_with_counts_too():
    body = {"compare": "previous_year", "granularity": "day", "time_range": MAY["time_range"]}
    assert table("Europe/London", granularity="day") == "acquisition_15m"
    found = plan(asked(**body))
    assert [branch.previous for branch in found.branches] == [False, True]


def test_a_plan_says_why_not_the_others():
    found = plan(asked(dimensions=["path"], granularity="hour"))
    said = {one.table: one for one in found.verdicts}
    assert said["acquisition_1d"].why == "has no path"
    assert said["content_1d"].why == "keeps whole UTC days, which this question cuts"
    assert said["content_15m"].taken
    assert found.reason == said["content_15m"].why
    assert "events" not in said


def test_rollups_that_are_being_filled_are_left_alone():
    found = plan(asked(), rolled_up=False)
    assert found.table == "events"
    assert "filled anew" in found.verdicts[0].why
