"""Cells on their way from the event store to JSON."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import cells
from warehouse.language import zones
from warehouse.planner.plan import Column

MOMENTS = st.integers(-(10**15), 4 * 10**15)


def shown(kind, kept, zone="UTC", name="it"):
    return cells.shower(Column(name, kind, "dimension"), zone)(kept)


@settings(max_examples=300, deadline=None)
@given(st.lists(MOMENTS, max_size=6), st.sampled_from(sorted(zones.names())))
def test_times_are_what_the_clocks_of_the_zone_show(kept, zone):
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    local = [zones.local(begin + timedelta(microseconds=at), zone) for at in kept]
    assert shown("time", kept, zone) == [one.isoformat(timespec="milliseconds") for one in local]


def test_the_turn_of_the_clock_is_told_to_the_second():
    turn = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert shown("time", [turn - 1, turn, None], "Europe/Berlin") == [
        "2026-10-25T02:59:59.999+02:00",
        "2026-10-25T02:00:00.000+01:00",
        None,
    ]


def test_a_bucket_begins_on_a_second():
    assert shown("time", [0], name="time") == ["1970-01-01T00:00:00+00:00"]
    assert shown("time", [0]) == ["1970-01-01T00:00:00.000+00:00"]


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        (Decimal("1.5000"), "1.5"),
        (Decimal("-0.0000"), "0"),
        (Decimal("100"), "100"),
        (Decimal("12345678901234567890123456789012.3456"), "12345678901234567890123456789012.3456"),
        (0, "0"),
        (-70, "-70"),
    ],
)
def test_a_decimal_shows_its_digits_and_no_more_than_it_needs(cell, digits):
    assert cells.digits(cell) == digits


def test_what_the_event_store_gives_is_kept_in_plain_values():
    def kept(kind, given, name="it"):
        return cells.keeper(Column(name, kind, "metric"), "Europe/Berlin")(given)

    assert kept("number", [0.123456, None]) == [0.1235, None]
    assert kept("boolean", [1, 0, None]) == [True, False, None]
    assert kept("date", [23 * 3600, None]) == [1, None]
    assert kept("time", [7], name="time") == [7_000_000]
    assert kept("string", ["a", None]) == ["a", None]
