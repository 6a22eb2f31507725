"""Random questions about random events get the answer that plain Python works out."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine import store
from tests.warehouse import reference
from warehouse import answer, engine
from warehouse.language.parse import parse_query
from warehouse.planner.plan import plan

# Where clocks are turned, by whole and half hours, at midnight too, and one that never is.
PLACES = [
    ("Europe/Berlin", reference.at(2024, 10, 27, 0)),
    ("America/New_York", reference.at(2024, 3, 10, 6)),
    ("America/Santiago", reference.at(2024, 9, 8, 3)),
    ("America/Havana", reference.at(2024, 11, 3, 4)),
    ("Australia/Lord_Howe", reference.at(2024, 4, 6, 14)),
    ("Australia/Lord_Howe", reference.at(2024, 10, 5, 15)),
    ("Asia/Kathmandu", reference.at(2024, 1, 1, 0)),
    ("UTC", reference.at(2024, 2, 29, 0)),
]
NOW = reference.at(2025, 1, 1)
WORDS = ["", "google", "bing", "x' OR 1=1 --", "ünï\\code\n"]
TEXT_FIELDS = ["source", "medium", "event_name", "properties.plan", "visitor_id"]
ORDERS = ["eq", "ne", "gt", "gte", "lt", "lte"]
texts = st.sampled_from(WORDS[1:])


@st.composite
def events(draw, around):
    return {
        "event_time": around
        + timedelta(
            minutes=draw(st.sampled_from([-1500, -95, -61, -60, -31, -30, -29, -1, 0, 1, 29]))
            + draw(st.integers(0, 90)),
            milliseconds=draw(st.sampled_from([0, 1, 999])),
        ),
        "event_name": draw(st.sampled_from(["click", "view", "signup"])),
        "visitor_id": draw(st.sampled_from(["v1", "v2", "v3"])),
        "session_id": draw(st.sampled_from(["", "", "", "s1", "s2"])),
        "source": draw(st.sampled_from(WORDS)),
        "medium": draw(st.sampled_from(WORDS[:3])),
        "page_views": draw(st.integers(0, 2)),
        "conversion_event": draw(st.sampled_from(["", "", "buy"])),
        "conversion_value": draw(st.decimals(0, 100, places=4)),
        "is_bot": draw(st.sampled_from([0, 0, 0, 1])),
        "properties": draw(
            st.dictionaries(
                st.sampled_from(["plan", "it's {x:String}"]),
                st.sampled_from(["9", "10", "10.5", "pro", ""]),
            )
        ),
    }


def text_leaf(field):
    one = st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(
                [
                    "eq",
                    "ne",
                    "gt",
                    "gte",
                    "lt",
                    "lte",
                    "contains",
                    "not_contains",
                    "starts_with",
                    "ends_with",
                ]
            ),
            "value": texts,
        }
    )
    several = st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(["in", "not_in"]),
            "values": st.lists(texts, min_size=1, max_size=3),
        }
    )
    between = st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.just("between"),
            "values": st.tuples(texts, texts).map(list),
        }
    )
    absent = st.fixed_dictionaries(
        {"field": st.just(field), "operator": st.sampled_from(["is_null", "is_not_null"])}
    )
    return one | several | between | absent


def number_leaf(field):
    return st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(ORDERS),
            "value": st.sampled_from([0, 1, 2, 9, 10, 10.5, 50]),
        }
    )


def nested(leaf):
    return st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=2).map(lambda members: {"and": members})
            | st.lists(inner, min_size=1, max_size=2).map(lambda members: {"or": members})
            | inner.map(lambda member: {"not": member})
        ),
        max_leaves=4,
    )


event_filters = nested(
    st.one_of(
        *map(text_leaf, TEXT_FIELDS),
        *map(number_leaf, ["conversion_value", "properties.plan"]),
    )
)
metric_filters = nested(st.one_of(*map(number_leaf, reference.METRICS)))
bodies = st.fixed_dictionaries(
    {
        "metrics": st.lists(
            st.sampled_from(list(reference.METRICS)), min_size=1, max_size=4, unique=True
        ),
        "dimensions": st.lists(
            st.sampled_from([*TEXT_FIELDS, "is_bot", "properties.it's {x:String}"]),
            max_size=2,
            unique=True,
        ),
        "filters": st.lists(event_filters | metric_filters, max_size=2),
        "include_bots": st.booleans(),
    },
    optional={
        "granularity": st.sampled_from(["minute", "hour", "day", "week", "month", "quarter"])
    },
)


def run(clickhouse, body, organization, zone):
    query = parse_query(body, organization=organization, timezone=zone, now=NOW)
    tag = f"test:{organization}"
    found = engine.run(
        query, clickhouse=clickhouse, cache=None, now=NOW, tag=tag, timeout_seconds=30
    )
    return query, json.loads(found.body, parse_float=Decimal)


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_answers_equal_the_reference(clickhouse, data):
    zone, around = data.draw(st.sampled_from(PLACES))
    stored = data.draw(st.lists(events(around), min_size=1, max_size=12))
    organization = str(uuid.uuid4())
    store(clickhouse, [event | {"organization_id": organization} for event in stored])
    for body in data.draw(st.lists(bodies, min_size=3, max_size=3)):
        span = timedelta(minutes=data.draw(st.integers(1, 300)))
        asked = body | {
            "time_range": {
                "start": (around - span).isoformat(),
                "end": (around + timedelta(minutes=61)).isoformat(),
            },
            "limit": 50_000,
        }
        query, found = run(clickhouse, asked, organization, zone)
        expected = reference.answer(stored, asked, zone, query.window)
        assert sorted(map(tuple, found["rows"]), key=repr) == sorted(
            [tuple(plain(cell) for cell in row) for row in expected], key=repr
        )
        assert found["meta"]["row_count"] == len(expected)


def plain(cell):
    """Write a decimal as the answer's JSON does: no more digits than it needs."""
    if not isinstance(cell, Decimal):
        return cell
    cell = cell.normalize()
    return int(cell) if cell == cell.to_integral() else cell


@pytest.mark.parametrize("count", [0, 1, answer.AT_ONCE, answer.AT_ONCE + 1])
def test_an_answer_written_in_pieces_is_one_document(count):
    asked = parse_query({"dimensions": ["source"]}, organization="o1", timezone="UTC", now=NOW)
    rows = [(f"s{number}", number) for number in range(count)]
    found = json.loads(answer.render(plan(asked), rows, {"row_count": count}))
    assert list(found) == ["columns", "rows", "totals", "comparison", "meta"]
    assert found["rows"] == [list(row) for row in rows]
    assert found["meta"] == {"row_count": count}
