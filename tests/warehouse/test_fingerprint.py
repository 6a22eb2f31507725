"""Questions that mean the same have one fingerprint and one answer; others have others."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.invented import bodies, comparable
from tests.warehouse.test_language import parse
from warehouse.language.canonical import canonical
from warehouse.language.fingerprint import fingerprint

AROUND = datetime(2024, 5, 14, 9, tzinfo=UTC)
REVENUE = {"field": "revenue", "operator": "gt", "value": 1}
SOURCE = {"field": "source", "operator": "in", "values": ["a", "b"]}


def same(*bodies):
    return len({fingerprint(parse(body)) for body in bodies}) == 1


def test_whatever_is_asked_makes_a_difference():
    body = {"metrics": ["events"], "filters": [REVENUE], "dimensions": ["source"]}
    others = [
        body,
        body | {"metrics": ["visitors"]},
        body | {"metrics": ["events", "visitors"]},
        body | {"metrics": ["visitors", "events"]},
        body | {"dimensions": []},
        body | {"limit": 7},
        body | {"offset": 1},
        body | {"timezone": "Asia/Tokyo"},
        body | {"include_bots": True},
        body | {"filters": []},
        body | {"filters": [{"not": REVENUE}]},
        body | {"filters": [REVENUE | {"value": 2}]},
        body | {"filters": [{"or": [REVENUE, REVENUE | {"value": 2}]}]},
        body | {"order_by": [{"field": "source"}]},
        body | {"granularity": "day"},
        body | {"granularity": "week"},
        body | {"granularity": "week", "week_start": "sunday"},
        body | {"compare": "previous_period"},
        body | {"compare": "previous_year"},
        body | {"totals": True},
        body | {"sample": 0.5},
        body | {"exact": True},
    ]
    assert len({fingerprint(parse(one)) for one in others}) == len(others)
    assert fingerprint(parse(body, organization="o2")) != fingerprint(parse(body))


@pytest.mark.parametrize(
    "spellings",
    [
        [{"filters": [REVENUE, SOURCE]}, {"filters": [SOURCE, REVENUE]}],
        [{"filters": [SOURCE]}, {"filters": [{"and": [SOURCE, SOURCE]}]}, {"filters": SOURCE}],
        [{"filters": [SOURCE]}, {"filters": [SOURCE | {"values": ["b", "a", "b"]}]}],
        [{"filters": [SOURCE]}, {"filters": [{"not": {"not": SOURCE}}]}],
        [
            {"filters": [{"field": "source", "operator": "eq", "value": "a"}]},
            {"filters": [{"field": "source", "operator": "in", "values": ["a"]}]},
        ],
        [{"filters": [REVENUE]}, {"filters": [REVENUE | {"value": "1.00"}]}],
        [
            {"period": "last_7_days"},
            {"time_range": {"start": "2024-05-09", "end": "2024-05-15"}},
            {"time_range": {"start": "2024-05-09T00:00:00Z", "end": "2024-05-16T02:00:00+02:00"}},
        ],
        [{}, {"period": "last_30_days", "limit": 1000, "offset": 0, "sample": 1}],
        [{}, {"metrics": ["events"], "dimensions": [], "filters": [], "include_bots": False}],
        [{}, {"timezone": "UTC", "totals": False, "exact": False, "week_start": "sunday"}],
        [{"granularity": "day"}, {"group_by": "day", "order_by": [{"field": "time"}]}],
        [
            {"dimensions": ["source"]},
            {"dimensions": ["source"], "order_by": [{"field": "events", "direction": "desc"}]},
        ],
    ],
)
def test_one_question_in_several_spellings(spellings):
    assert same(*spellings)


def shuffled(condition, chance):
    """Return the same condition written in another way."""
    if "field" in condition:
        if condition["operator"] in {"in", "not_in"}:
            values = condition["values"] * 2
            chance.shuffle(values)
            return condition | {"values": values}
        return condition
    if "not" in condition:
        return {"not": shuffled(condition["not"], chance)}
    ((joint, members),) = condition.items()
    members = [shuffled(member, chance) for member in members]
    chance.shuffle(members)
    return {joint: members}


@given(bodies(AROUND).filter(comparable), st.integers())
def test_filters_may_stand_in_any_order(body, seed):
    chance = random.Random(seed)
    span = {"start": AROUND.isoformat(), "end": (AROUND + timedelta(hours=3)).isoformat()}
    body = body | {"time_range": span}
    other = [shuffled(one, chance) for one in body["filters"]]
    chance.shuffle(other)
    assert same(body, body | {"filters": other})
    found = canonical(parse(body))
    assert canonical(found) == found
