"""Which window comes before, and what a comparison answers."""

from datetime import UTC, datetime

import pytest

from tests.warehouse.asking import NOON, ask, tell
from tests.warehouse.test_language import faults, parse
from warehouse.language.comparison import pairs, previous_period, previous_year
from warehouse.language.query import Window


def window(start, end):
    return Window(*(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end)))


@pytest.mark.parametrize(
    ("zone", "asked", "expected"),
    [
        ("UTC", ("2024-05-08", "2024-05-15"), ("2024-05-01", "2024-05-08")),
        ("UTC", ("2024-05-08T10:00", "2024-05-08T13:00"), ("2024-05-08T07:00", "2024-05-08T10:00")),
        # The week before had an hour less: it is seven days all the same.
        (
            "Europe/Berlin",
            ("2024-03-31T22:00", "2024-04-07T22:00"),
            ("2024-03-24T23:00", "2024-03-31T22:00"),
        ),
    ],
)
def test_the_period_before_is_as_long(zone, asked, expected):
    assert previous_period(window(*asked), zone) == window(*expected)


@pytest.mark.parametrize(
    ("zone", "asked", "expected"),
    [
        ("UTC", ("2024-02-01", "2024-03-01"), ("2023-02-01", "2023-03-01")),
        (
            "Europe/Berlin",
            ("2024-03-30T23:00", "2024-03-31T22:00"),
            ("2023-03-30T22:00", "2023-03-31T22:00"),
        ),
        ("UTC", ("2024-05-08T10:30", "2024-05-08T13:00"), ("2023-05-08T10:30", "2023-05-08T13:00")),
    ],
)
def test_the_year_before_has_the_same_dates(zone, asked, expected):
    assert previous_year(window(*asked), zone) == window(*expected)


@pytest.mark.parametrize(
    ("granularity", "asked", "expected"),
    [
        ("month", ("2024-07-01", "2024-08-01"), ("2024-06-01", "2024-07-01")),
        ("month", ("2024-03-01", "2024-05-01"), ("2024-01-01", "2024-03-01")),
        ("quarter", ("2024-04-01", "2024-07-01"), ("2024-01-01", "2024-04-01")),
        ("year", ("2024-01-01", "2025-01-01"), ("2023-01-01", "2024-01-01")),
        ("month", ("2024-07-02", "2024-08-01"), ("2024-06-02", "2024-07-02")),
        ("day", ("2024-07-01", "2024-08-01"), ("2024-05-31", "2024-07-01")),
    ],
)
def test_whole_buckets_are_compared_with_as_many_before(granularity, asked, expected):
    assert previous_period(window(*asked), "UTC", granularity) == window(*expected)


@pytest.mark.parametrize(
    ("zone", "asked", "expected"),
    [
        ("UTC", ("2024-02-28", "2024-02-29"), ("2023-02-28", "2023-03-01")),
        ("UTC", ("2024-02-29", "2024-03-01"), ("2023-02-28", "2023-03-01")),
        # The clocks of 2024 jumped over this stretch.
        (
            "Europe/Berlin",
            ("2025-03-31T00:30", "2025-03-31T01:15"),
            ("2024-03-31T01:30", "2024-03-31T02:15"),
        ),
    ],
)
def test_a_window_always_has_one_a_year_before(zone, asked, expected):
    assert previous_year(window(*asked), zone) == window(*expected)


def test_the_year_before_is_compared_date_by_date():
    span = {"start": "2024-02-27", "end": "2024-03-02"}
    body = {"granularity": "day", "compare": "previous_year", "time_range": span}
    found = [
        (
            f"{datetime.fromtimestamp(theirs, UTC):%m-%d}",
            f"{datetime.fromtimestamp(ours, UTC):%m-%d}",
        )
        for theirs, ours in pairs(parse(body))
    ]
    assert found == [
        ("02-27", "02-27"),
        ("02-28", "02-28"),
        ("03-01", "03-01"),
        ("03-02", "03-02"),
    ]


@pytest.mark.django_db
def test_a_comparison_stands_beside_each_metric(clickhouse):
    april = NOON.replace(month=4)
    organization = tell(
        clickhouse,
        *({"source": "both"} for _ in range(3)),
        *({"source": "both", "event_time": april} for _ in range(2)),
        {"source": "new"},
        {"source": "gone", "event_time": april},
    )
    found = ask(
        clickhouse,
        organization,
        dimensions=["source"],
        compare="previous_period",
        totals=True,
        order_by=[{"field": "events_change", "direction": "desc"}],
    )
    names = [column["name"] for column in found["columns"]]
    assert names == ["source", "events", "events_previous", "events_change"]
    assert found["rows"] == [["both", 3, 2, 0.5], ["gone", 0, 1, -1], ["new", 1, 0, None]]
    assert found["totals"]["events"] == 4
    assert found["totals"]["events_previous"] == 3
    assert found["comparison"] == {
        "mode": "previous_period",
        "window": {"start": "2024-03-31T00:00:00+00:00", "end": "2024-05-01T00:00:00+00:00"},
    }


@pytest.mark.django_db
def test_buckets_are_compared_one_by_one(clickhouse):
    organization = tell(clickhouse, {}, {"event_time": NOON.replace(day=12)})
    found = ask(
        clickhouse,
        organization,
        granularity="day",
        compare="previous_period",
        time_range={"start": "2024-05-14", "end": "2024-05-16"},
    )
    assert found["rows"] == [
        ["2024-05-14", 0, 1 - 1, None],
        ["2024-05-15", 1, 1, 0],
        ["2024-05-16", 0, 0, None],
    ]


def test_moments_and_windows_out_of_reach_cannot_be_compared():
    assert faults({"compare": "last_year"})["compare"].code == "unknown"
    bad = {"compare": "previous_year", "dimensions": ["event_date"]}
    assert faults(bad)["compare"].code == "conflict"
    early = {"time_range": {"start": "1970-02-01", "end": "1970-02-02"}}
    assert faults(early | {"compare": "previous_year"})["compare"].code == "out-of-range"
