"""Every sentence of what cohorts mean, on histories made by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.warehouse.asking import tell
from tests.warehouse.studies.cohorts.asking import NOW, answer, ask, on, table

pytestmark = pytest.mark.django_db


def test_a_visitor_is_in_the_cohort_of_every_period_in_which_it_began(clickhouse):
    organization = tell(clickhouse, on(1), on(2), on(2, visitor_id="w"), on(4, visitor_id="w"))
    assert table(clickhouse, organization) == [[1, 1, 1, 0], [2, 2, 0, 1], [0, 0, 0, 0]]
    alone = table(clickhouse, organization, retention_type="first_in_range")
    assert alone == [[1, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 0]]


def test_the_first_event_of_all_data_may_lie_before_the_range(clickhouse):
    organization = tell(clickhouse, on(-400), on(2), on(3), on(3, visitor_id="w"))
    ever = table(clickhouse, organization, retention_type="first_ever")
    assert ever == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0]]
    listed = table(clickhouse, organization, retention_type="first_in_range")
    assert listed == [[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0]]


def test_the_first_event_is_the_first_that_matches(clickhouse):
    organization = tell(clickhouse, on(-40), on(1), on(2, event_name="signup"), on(3))
    for kind in ("first_ever", "first_in_range"):
        found = table(clickhouse, organization, start_event="signup", retention_type=kind)
        assert found == [[0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0]]


def test_only_periods_that_begin_in_the_range_are_cohorts(clickhouse):
    organization = tell(clickhouse, on(1), on(5), on(12), on(19))
    span = {"start": "2024-01-30", "end": "2024-02-12"}
    found = answer(
        clickhouse, organization, NOW, "UTC", {"cohort_type": "weekly", "time_range": span}
    )
    assert [row[:4] for row in found["rows"]] == [
        ["2024-02-05", 1, 0, 1],
        ["2024-02-05", 1, 1, 1],
        ["2024-02-12", 1, 0, 1],
        ["2024-02-12", 1, 1, 1],
    ]


def test_periods_may_be_more_or_fewer_than_cohorts(clickhouse):
    organization = tell(clickhouse, on(1), on(7))
    assert table(clickhouse, organization, periods=1) == [[1, 1], [0, 0], [0, 0]]
    longer = table(clickhouse, organization, periods=7)
    assert longer == [[1, 1, 0, 0, 0, 0, 0, 1], [0] * 8, [0] * 8]


def test_period_0_is_the_whole_cohort_whoever_returned(clickhouse):
    organization = tell(clickhouse, on(1), on(2, event_name="purchase"))
    found = table(clickhouse, organization, return_event="purchase", minimum_occurrences=1)
    assert found == [[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    twice = table(clickhouse, organization, return_event="purchase", minimum_occurrences=2)
    assert twice == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def test_occurrences_are_counted_within_one_period(clickhouse):
    organization = tell(clickhouse, on(1), on(2), on(3), on(3), on(4), on(5))
    first = {"minimum_occurrences": 2, "retention_type": "first_in_range", "periods": 5}
    assert table(clickhouse, organization, **first)[0] == [1, 1, 0, 1, 0, 0]


def test_cumulative_counts_later_returns_shown_or_not(clickhouse):
    organization = tell(
        clickhouse,
        on(1),
        on(2),
        on(1, visitor_id="w"),
        on(30, visitor_id="w"),
        on(1, visitor_id="x"),
    )
    plain = {"retention_type": "first_in_range", "cumulative": True}
    assert table(clickhouse, organization, **plain)[0] == [3, 3, 2, 1]
    assert table(clickhouse, organization, **plain, periods=1)[0] == [3, 3]
    twice = {**plain, "minimum_occurrences": 2}
    assert table(clickhouse, organization, **twice)[0] == [3, 3, 0, 0]
    tell(clickhouse, on(30, visitor_id="w"), organization=organization)
    assert table(clickhouse, organization, **twice)[0] == [3, 3, 1, 1]


def test_sums_are_over_events_and_period_0_has_those_before_the_start_event(clickhouse):
    buy = {"event_name": "purchase", "conversion_event": "purchase"}
    early = on(1)["event_time"] - timedelta(hours=3)
    organization = tell(
        clickhouse,
        on(1, **buy, event_time=early, conversion_value=Decimal("4.0001")),
        on(1, event_name="signup"),
        on(3, **buy, conversion_value=Decimal("0.9999")),
        on(3, event_name="purchase", conversion_value=Decimal("7")),
        on(1, event_name="signup", visitor_id="w"),
        on(1, **buy, visitor_id="nobody", conversion_value=Decimal("100")),
    )
    asked = {"start_event": "signup", "return_event": "purchase"}
    assert table(clickhouse, organization, **asked, metric="events")[0] == [2, 1, 0, 2]
    assert table(clickhouse, organization, **asked, metric="conversions")[0] == [2, 1, 0, 1]
    found = answer(clickhouse, organization, NOW, "UTC", {**asked, "metric": "revenue"})
    assert [row[3:5] for row in found["rows"][:3]] == [
        [Decimal("4.0001"), Decimal("2")],
        [0, 0],
        [Decimal("7.9999"), Decimal("4")],
    ]
    assert found["columns"][3] == {"name": "value", "type": "decimal", "role": "metric"}


def test_a_rate_of_nobody_is_null_and_of_others_a_share_of_the_cohort(clickhouse):
    organization = tell(clickhouse, on(1), on(2), on(1, visitor_id="w"), on(1, visitor_id="x"))
    rows = answer(
        clickhouse, organization, NOW, "UTC", {"retention_type": "first_in_range", "periods": 2}
    )["rows"]
    assert [row[4] for row in rows] == [1, Decimal("0.3333"), None, None, None, None]


def test_a_period_is_mature_once_it_has_ended(clickhouse):
    organization = tell(clickhouse, on(1))
    end = datetime(2024, 2, 4, tzinfo=UTC)
    for now, mature in (
        (end - timedelta(milliseconds=1), [1, 1, 0, 1, 0, 0, 0, 0, 0]),
        (end, [1, 1, 1, 1, 1, 0, 1, 0, 0]),
    ):
        found = answer(clickhouse, organization, now, "UTC", {})
        assert [row[5] for row in found["rows"]] == list(map(bool, mature))
        assert found["meta"]["counts"]["immature_cells"] == mature.count(0)


def test_without_a_range_the_last_periods_are_the_cohorts_the_running_one_too(clickhouse):
    now = datetime(2024, 2, 7, 12, tzinfo=UTC)
    organization = tell(clickhouse, on(7), on(-20))
    found = ask(clickhouse, organization, {"periods": 3}, now=now)
    assert [row[0] for row in found["rows"][::3]] == ["2024-01-22", "2024-01-29", "2024-02-05"]
    assert [row[1] for row in found["rows"][::3]] == [0, 0, 1]
    assert found["meta"]["window"] == {
        "start": "2024-01-22T00:00:00+00:00",
        "end": "2024-02-12T00:00:00+00:00",
    }
    usual = ask(clickhouse, organization, {"cohort_type": "monthly"}, now=now)
    assert len(usual["rows"]) == 144
    assert usual["rows"][0][0] == "2023-03-01"
    assert usual["rows"][-1][0] == "2024-02-01"


def test_weeks_begin_when_they_are_said_to(clickhouse):
    organization = tell(clickhouse, on(4), on(5))  # a Sunday and a Monday
    asked = {"cohort_type": "weekly", "time_range": {"start": "2024-01-28", "end": "2024-02-11"}}
    monday = table(clickhouse, organization, **asked)
    assert monday == [[1, 1, 1], [1, 1, 0]]
    sunday = table(clickhouse, organization, **asked, week_start="sunday")
    assert sunday == [[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def test_days_and_hours_follow_clocks_that_are_turned(clickhouse):
    night = datetime(2024, 3, 30, 23, tzinfo=UTC)  # midnight in Berlin, a day of 23 hours
    organization = tell(
        clickhouse,
        *({"event_time": night + timedelta(hours=hours)} for hours in (0, 22.99, 23, 46.99, 47)),
    )
    later = datetime(2024, 5, 1, tzinfo=UTC)
    asked = {"time_range": {"start": "2024-03-31", "end": "2024-04-01"}, "metric": "events"}
    found = table(clickhouse, organization, later, "Europe/Berlin", **asked)
    assert found == [[1, 2, 2], [1, 2, 1]]
    hours = {"start": "2024-03-31T01:00:00", "end": "2024-03-31T04:00:00"}
    rows = answer(
        clickhouse,
        organization,
        later,
        "Europe/Berlin",
        {"cohort_type": "hourly", "time_range": hours},
    )["rows"]
    assert [row[0] for row in rows[::2]] == [
        "2024-03-31T01:00:00+01:00",
        "2024-03-31T03:00:00+02:00",
    ]


def test_filters_bots_and_the_nameless_are_left_out_of_start_and_return(clickhouse):
    organization = tell(
        clickhouse,
        on(1, source="x"),
        on(2, source="y"),
        on(3, source="x", is_bot=1),
        on(1, source="x", visitor_id=""),
    )
    only = [{"field": "source", "operator": "eq", "value": "x"}]
    assert table(clickhouse, organization, filters=only)[0] == [1, 1, 0, 0]
    assert table(clickhouse, organization, filters=only, include_bots=True)[0] == [1, 1, 0, 1]
    back = {"event": None, "filters": [{"field": "source", "operator": "eq", "value": "y"}]}
    assert table(clickhouse, organization, return_event=back)[0] == [1, 1, 1, 0]
