"""When weeks begin: on Monday, or on Sunday where a request says so."""

import pytest

from tests.warehouse.test_language import parse, span
from warehouse.language import buckets


def test_a_week_begins_on_monday_and_may_begin_before_the_window():
    window = parse({"period": "today"}).window
    assert [buckets.label(one, "week", "UTC") for one in buckets.starts(window, "week", "UTC")] == [
        "2024-05-13"
    ]


def test_a_week_may_begin_on_sunday():
    window = parse({"period": "today"}).window
    found = buckets.starts(window, "week", "UTC", "sunday")
    assert [buckets.label(one, "week", "UTC") for one in found] == ["2024-05-12"]


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("this_week", "2024-05-12T00:00", "2024-05-19T00:00"),
        ("last_week", "2024-05-05T00:00", "2024-05-12T00:00"),
        ("last_2_weeks", "2024-05-05T00:00", "2024-05-19T00:00"),
    ],
)
def test_weeks_may_begin_on_sunday(period, start, end):
    assert span({"period": period, "week_start": "sunday"}) == (start, end)
