"""Which window comes before, and what a comparison answers."""

from datetime import UTC, datetime

import pytest

from tests.warehouse.asking import NOON, ask, tell
from tests.warehouse.test_language import faults
from warehouse.language.comparison import previous_period, previous_year
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
        ("UTC", ("2024-02-29", "2024-03-01"), ("2023-02-28", "2023-03-01")),
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
