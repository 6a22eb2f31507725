"""Requests become queries, or the caller hears of every bad field at once."""

from datetime import UTC, datetime

import pytest

from warehouse.exceptions import InvalidRequest
from warehouse.language import buckets, zones
from warehouse.language.parse import parse_query
from warehouse.language.query import Leaf, Window

NOW = datetime(2024, 5, 15, 10, 20, 30, tzinfo=UTC)  # a Wednesday


def parse(body, zone="UTC", organization="o1", **options):
    return parse_query(body, organization=organization, timezone=zone, now=NOW, **options)


def faults(body):
    with pytest.raises(InvalidRequest) as caught:
        parse(body)
    return {error.field: error for error in caught.value.errors}


def span(body, zone="UTC"):
    window = parse(body, zone).window
    return window.start.isoformat()[:16], window.end.isoformat()[:16]


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("today", "2024-05-15T00:00", "2024-05-16T00:00"),
        ("yesterday", "2024-05-14T00:00", "2024-05-15T00:00"),
        ("last_30_minutes", "2024-05-15T09:51", "2024-05-15T10:21"),
        ("last_2_hours", "2024-05-15T09:00", "2024-05-15T11:00"),
        ("last_7_days", "2024-05-09T00:00", "2024-05-16T00:00"),
        ("last_2_weeks", "2024-05-06T00:00", "2024-05-20T00:00"),
        ("last_3_months", "2024-03-01T00:00", "2024-06-01T00:00"),
        ("this_week", "2024-05-13T00:00", "2024-05-20T00:00"),
        ("this_month", "2024-05-01T00:00", "2024-06-01T00:00"),
        ("last_month", "2024-04-01T00:00", "2024-05-01T00:00"),
        ("this_quarter", "2024-04-01T00:00", "2024-07-01T00:00"),
        ("last_year", "2023-01-01T00:00", "2024-01-01T00:00"),
    ],
)
def test_a_period_is_resolved_to_a_half_open_window(period, start, end):
    assert span({"period": period}) == (start, end)


def test_the_default_is_the_last_thirty_days():
    assert span({}) == ("2024-04-16T00:00", "2024-05-16T00:00")


def test_an_end_date_includes_that_whole_day_of_the_zone():
    asked = {"time_range": {"start": "2024-03-31", "end": "2024-03-31"}}
    assert span(asked, "Europe/Berlin") == ("2024-03-30T23:00", "2024-03-31T22:00")


def test_an_end_time_is_not_included_and_may_bring_its_offset():
    asked = {"time_range": {"start": "2024-01-01T00:00:00+05:30", "end": "2024-01-01T01:00"}}
    assert span(asked) == ("2023-12-31T18:30", "2024-01-01T01:00")


def test_a_midnight_that_does_not_exist_begins_where_the_clock_lands():
    start = zones.day_start(datetime(2024, 9, 8, tzinfo=UTC).date(), "America/Santiago")
    assert start == datetime(2024, 9, 8, 4, tzinfo=UTC)


def test_a_midnight_that_happens_twice_begins_the_first_time():
    start = zones.day_start(datetime(2024, 11, 3, tzinfo=UTC).date(), "America/Havana")
    assert start == datetime(2024, 11, 3, 4, tzinfo=UTC)


def test_a_skipped_day_has_no_bucket():
    window = Window(datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))
    starts = buckets.starts(window, "day", "Pacific/Apia")
    labels = [buckets.label(start, "day", "Pacific/Apia") for start in starts]
    assert labels == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


def hours(day, zone):
    asked = {"time_range": {"start": day, "end": day}}
    window = parse(asked, zone).window
    return [buckets.label(one, "hour", zone) for one in buckets.starts(window, "hour", zone)]


def test_an_hour_that_happens_twice_is_two_buckets():
    found = hours("2024-10-27", "Europe/Berlin")
    assert len(found) == 25
    assert found[2:4] == ["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"]


def test_an_hour_that_is_skipped_is_no_bucket():
    found = hours("2024-03-31", "Europe/Berlin")
    assert len(found) == 23
    assert found[1:3] == ["2024-03-31T01:00:00+01:00", "2024-03-31T03:00:00+02:00"]


def test_hours_follow_half_hour_offsets_and_half_hour_turns():
    assert hours("2024-01-01", "Asia/Kathmandu")[0] == "2024-01-01T00:00:00+05:45"
    assert hours("2024-04-07", "Australia/Lord_Howe")[1:3] == [
        "2024-04-07T01:00:00+11:00",
        "2024-04-07T01:30:00+10:30",
    ]


def test_the_seeds_own_example_is_understood():
    query = parse(
        {
            "dimensions": ["source", "campaign_id", "country"],
            "metrics": ["clicks", "conversions", "revenue"],
            "filters": [
                {"field": "source", "operator": "in", "values": ["google", "facebook"]},
                {"field": "conversion_value", "operator": "gt", "value": 10},
            ],
            "time_range": {"start": "2024-01-01", "end": "2024-01-31"},
            "group_by": "day",
            "order_by": [{"field": "revenue", "direction": "desc"}],
            "limit": 1000,
        }
    )
    assert query.granularity == "day"
    assert query.where[0] == Leaf("source", "in", ("google", "facebook"))


def test_every_bad_field_is_named_at_once_with_the_nearest_names():
    found = faults(
        {
            "metrics": ["visitor", "events", "events"],
            "dimensions": ["sorce", 5],
            "filters": [
                {"field": "source", "operator": "eq", "value": "x"},
                {"field": "source", "operator": "equals", "value": "x"},
                {"field": "is_bot", "operator": "contains", "value": "x"},
                {"or": [{"field": "source", "operator": "in", "values": []}]},
                {"field": "fraud_score", "operator": "gt", "value": "much"},
                "source=x",
            ],
            "order_by": [{"field": "revenue", "direction": "down"}],
            "period": "last_seven_days",
            "timezone": "Europe/Berln",
            "granularity": "dai",
            "limit": 60_000,
            "offset": -1,
            "include_bots": "no",
            "compare": "last_year",
            "week_start": "friday",
            "sample": 0,
            "totals": 1,
            "exact": "yes",
            "limits": 3,
        }
    )
    assert set(found) == {
        "metrics[0]",
        "metrics[2]",
        "dimensions[0]",
        "dimensions[1]",
        "filters[1].operator",
        "filters[2].operator",
        "filters[3].or[0].values",
        "filters[4].value",
        "filters[5]",
        "order_by[0].field",
        "order_by[0].direction",
        "period",
        "timezone",
        "granularity",
        "limit",
        "offset",
        "include_bots",
        "compare",
        "week_start",
        "sample",
        "totals",
        "exact",
        "limits",
    }
    assert "visitors" in found["metrics[0]"].detail
    assert "source" in found["dimensions[0]"].detail
    assert "Europe/Berlin" in found["timezone"].detail
    assert "limit" in found["limits"].detail
    assert "previous_year" in found["compare"].detail


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"time_range": {"start": "2024-02-30", "end": "2024-03-01"}}, "time_range.start"),
        ({"time_range": {"start": "2024-03-02", "end": "2024-03-01"}}, "time_range.end"),
        ({"time_range": {"start": "0001-01-01", "end": "2024-03-01"}}, "time_range.start"),
        ({"time_range": {"start": "2024-01-01", "stop": "2024-03-01"}}, "time_range.stop"),
        ({"time_range": "2024"}, "time_range"),
        ({"time_range": {}}, "time_range.start"),
        ({"period": "today", "time_range": {"start": "2024-01-01"}}, "period"),
        ({"period": "last_99999_years"}, "period"),
        ({"period": "last_999999_hours"}, "period"),
        ({"period": 7}, "period"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": ["UTC"]}, "timezone"),
        ({"granularity": "minute", "period": "last_40_days"}, "granularity"),
        ({"granularity": "day", "group_by": "hour"}, "group_by"),
        ({"granularity": ["day"]}, "granularity"),
        ({"dimensions": ["fraud_flags"]}, "dimensions[0]"),
        ({"dimensions": ["organization_id"]}, "dimensions[0]"),
        ({"dimensions": ["properties."]}, "dimensions[0]"),
        ({"dimensions": ["properties.\ud800"]}, "dimensions[0]"),
        ({"metrics": {"a": 1}}, "metrics"),
        ({"order_by": "revenue"}, "order_by"),
        ({"order_by": ["revenue"]}, "order_by[0]"),
        ({"limit": True}, "limit"),
        ({"limit": 0}, "limit"),
        ({"filters": 3}, "filters"),
        ({"filters": [{"field": "source", "operator": "eq"}]}, "filters[0].value"),
        ({"filters": [{"field": "source", "operator": "eq", "value": ""}]}, "filters[0].value"),
        ({"filters": [{"field": "source", "operator": "eq", "value": 5}]}, "filters[0].value"),
        (
            {"filters": [{"field": "source", "operator": "eq", "value": "\ud800"}]},
            "filters[0].value",
        ),
        ({"filters": [{"field": "source", "op": "eq", "value": "a"}]}, "filters[0].op"),
        ({"filters": [{"operator": "eq", "value": "a"}]}, "filters[0].field"),
        ({"filters": [{"and": [], "or": []}]}, "filters[0]"),
        ({"filters": [{"and": []}]}, "filters[0].and"),
        (
            {"filters": [{"field": "event_time", "operator": "gt", "value": "noon"}]},
            "filters[0].value",
        ),
        (
            {"filters": [{"field": "revenue", "operator": "gt", "value": float("nan")}]},
            "filters[0].value",
        ),
        (
            {"filters": [{"field": "source", "operator": "between", "values": ["a"]}]},
            "filters[0].values",
        ),
    ],
)
def test_bad_fields_are_refused_by_path(body, field):
    assert field in faults(body)


def test_filters_nest_five_deep_and_no_deeper():
    leaf = {"field": "source", "operator": "eq", "value": "x"}
    deep: dict[str, object] = dict(leaf)
    for _ in range(5):
        deep = {"not": deep}
    assert parse({"filters": [deep]}).where
    found = faults({"filters": [{"not": deep}]})
    assert [error.code for error in found.values()] == ["too-deep"]


def test_very_many_comparisons_are_refused():
    leaf = {"field": "source", "operator": "eq", "value": "x"}
    assert faults({"filters": [leaf] * 101})["filters"].code == "too-many"


def test_metric_filters_apart_from_event_filters():
    metric = {"field": "events", "operator": "gt", "value": 1}
    event = {"field": "source", "operator": "eq", "value": "x"}
    query = parse({"filters": [{"and": [metric, event]}, {"not": metric}]})
    assert [len(query.where), len(query.having)] == [1, 2]
    assert faults({"filters": [{"or": [metric, event]}]})["filters[0]"].code == "mixed"


def test_a_series_is_whole_by_default():
    query = parse({"granularity": "hour", "period": "last_90_days"})
    assert query.limit == 90 * 24
    assert parse({"granularity": "hour", "period": "last_90_days", "limit": 5}).limit == 5


@pytest.mark.parametrize(
    "body",
    [{"a" * 10_000: 1}, {"metrics": [None, {}, [], 1.5]}, {"period": []}, {"filters": ""}],
)
def test_odd_bodies_are_refused_not_crashed_on(body):
    assert faults(body)


@pytest.mark.parametrize("body", [[], "x", None, 3])
def test_only_an_object_is_a_request(body):
    with pytest.raises(InvalidRequest):
        parse(body)
