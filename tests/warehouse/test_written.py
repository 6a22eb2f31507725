"""Filters that were read and written back are read as the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from tests.warehouse.invented import bodies, comparable
from tests.warehouse.test_language import parse
from warehouse.language.faults import Faults
from warehouse.language.filters import Parser
from warehouse.language.written import written

AROUND = datetime(2024, 5, 14, 9, tzinfo=UTC)


def again(conditions, zone="UTC"):
    faults = Faults()
    found = Parser(zone, faults).parse([written(one) for one in conditions])
    faults.raise_any()
    return (*found.where, *found.having)


@settings(max_examples=200)
@given(bodies(AROUND).filter(comparable))
def test_written_back_they_mean_the_same(body):
    query = parse(body)
    zone = query.timezone
    assert again(query.where, zone) == query.where
    assert again(query.having, zone) == query.having


@pytest.mark.parametrize(
    "leaf",
    [
        {"field": "conversion_value", "operator": "gte", "value": "0.1000000000000000055"},
        {"field": "event_time", "operator": "lt", "value": "2024-05-01T02:00:00.123+02:00"},
        {"field": "is_bot", "operator": "eq", "value": True},
        {"field": "properties.x", "operator": "in", "values": ["1.50", 2, "b"]},
        {"field": "hour_of_day", "operator": "between", "values": [1, 2]},
        {"not": {"and": [{"field": "url", "operator": "is_null"}]}},
    ],
)
def test_values_of_every_sort_come_back(leaf):
    query = parse({"filters": [leaf]})
    assert again(query.where) == query.where
