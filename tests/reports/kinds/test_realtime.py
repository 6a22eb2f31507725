"""The kind `realtime` as a question to the engine."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.kinds import KINDS
from reports.kinds.realtime import METRICS
from tests.reports.kinds.test_traffic import ACME
from warehouse.exceptions import InvalidRequest

NOW = datetime(2026, 3, 30, 12, 0, 20, tzinfo=UTC)
REALTIME = KINDS["realtime"]


def parsed(body, now=NOW):
    return REALTIME.parse(body, tenant=ACME, now=now, max_limit=50_000)


def minutes(query):
    return (query.window.end - query.window.start) / timedelta(minutes=1)


def test_by_default_it_is_the_last_half_hour_by_minute_the_running_one_included():
    query = parsed({})
    assert (query.metrics, query.granularity, query.dimensions) == (METRICS, "minute", ())
    assert minutes(query) == 30
    assert query.window.end == datetime(2026, 3, 30, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(("last", "count"), [("1m", 1), ("45m", 45), ("1h", 60), ("6h", 360)])
def test_last_is_minutes_or_hours(last, count):
    assert minutes(parsed({"last": last})) == count
    assert REALTIME.parameters is not None
    assert parsed(REALTIME.parameters({"last": [last]})) == parsed({"last": last})


def test_the_window_moves_on_with_every_minute_and_not_within_one():
    same = parsed({}, NOW + timedelta(seconds=39))
    assert same == parsed({})
    assert parsed({}, NOW + timedelta(seconds=40)).window.start == same.window.start + timedelta(
        minutes=1
    )


@pytest.mark.parametrize(
    "last", ["0m", "361m", "7h", "1d", "30", "", "-5m", "１h", 30, True, ["1h"]]
)
def test_another_span_is_refused_by_name(last):
    with pytest.raises(InvalidRequest) as refused:
        parsed({"last": last})
    assert [error.field for error in refused.value.errors] == ["last"]


@pytest.mark.parametrize("name", ["time_range", "period"])
def test_last_is_the_only_way_to_say_when(name):
    with pytest.raises(InvalidRequest) as refused:
        parsed({name: None, "metrics": ["evnets"]})
    assert {error.field for error in refused.value.errors} == {name, "metrics[0]"}
