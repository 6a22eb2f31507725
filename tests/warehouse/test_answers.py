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
from tests.warehouse.checked import Checked
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
ROLLED = ["source", "medium", "channel", "campaign_id", "path", "event_name", "country"]
OF_SESSIONS = ["landing_page", "exit_page", "session_source", "session_campaign_id"]
TEXT_FIELDS = [*ROLLED, *OF_SESSIONS, "properties.plan", "visitor_id"]
TIMES = ["event_date", "hour_of_day", "weekday"]
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
        "visitor_id": draw(st.sampled_from(["v1", "v2", "v3", ""])),
        "session_id": draw(st.sampled_from(["", "", "", "s1", "v2"])),
        "click_id": draw(st.sampled_from(["", "", "c1", "c2"])),
        "source": draw(st.sampled_from(WORDS)),
        "medium": draw(st.sampled_from(WORDS[:3])),
        "channel": draw(st.sampled_from(["", "Direct"])),
        "campaign_id": draw(st.sampled_from(["", "summer", "winter"])),
        "path": draw(st.sampled_from(["", "/", "/a", "/b"])),
        "country": draw(st.sampled_from(["", "DE", "IN"])),
        "page_views": draw(st.integers(0, 2)),
        "session_duration": draw(st.sampled_from([0, 0, 0, 7])),
        "fraud_score": draw(st.sampled_from([0.0, 12.5, 80.0, 99.9375])),
        "quality_score": draw(st.sampled_from([100.0, 33.25])),
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


def date_leaf(around):
    days = [(around + timedelta(days=shift)).date().isoformat() for shift in (-1, 0, 1)]
    return st.fixed_dictionaries(
        {
            "field": st.just("event_date"),
            "operator": st.sampled_from(ORDERS),
            "value": st.sampled_from(days),
        }
    )


def event_filters(around):
    numbers = ["conversion_value", "properties.plan", "hour_of_day", "weekday"]
    return nested(
        st.one_of(*map(text_leaf, TEXT_FIELDS), *map(number_leaf, numbers), date_leaf(around))
    )


metric_filters = nested(st.one_of(*map(number_leaf, reference.METRICS)))


def bodies(around):
    dimensions = [*TEXT_FIELDS, *TIMES, "is_bot", "properties.it's {x:String}"]
    return st.fixed_dictionaries(
        {
            "metrics": st.lists(
                st.sampled_from(list(reference.METRICS)), min_size=1, max_size=5, unique=True
            ),
            "dimensions": st.one_of(
                *(
                    st.lists(st.sampled_from(names), max_size=2, unique=True)
                    for names in (dimensions, [*ROLLED[:4], *TIMES], OF_SESSIONS)
                )
            ),
            "filters": st.one_of(
                st.lists(event_filters(around) | metric_filters, max_size=2),
                st.lists(nested(text_leaf("source") | text_leaf("medium")), max_size=1),
            ),
            "include_bots": st.booleans(),
        },
        optional={
            "granularity": st.sampled_from(["minute", "hour", "day", "week", "month", "quarter"]),
            "week_start": st.sampled_from(["monday", "sunday"]),
            "compare": st.sampled_from(["previous_period", "previous_year"]),
            "totals": st.just(True),
            "exact": st.just(True),
        },
    )


def spans(around):
    """Windows whose edges lie on days of UTC, on quarters of an hour, or anywhere."""
    midnight = around.replace(hour=0, minute=0)
    quarter = timedelta(minutes=15)
    return st.one_of(
        st.builds(
            lambda before, after: (
                midnight - timedelta(days=before),
                midnight + timedelta(days=after),
            ),
            st.integers(0, 2),
            st.integers(1, 2),
        ),
        st.builds(
            lambda before, after: (around - before * quarter, around + after * quarter),
            st.integers(0, 30),
            st.integers(1, 6),
        ),
        st.builds(
            lambda before, after: (
                around - timedelta(minutes=before),
                around + timedelta(minutes=after),
            ),
            st.integers(0, 300),
            st.integers(1, 90),
        ),
    )


def run(clickhouse, body, organization, zone):
    query = parse_query(body, organization=organization, timezone=zone, now=NOW)
    tag = f"test:{organization}"
    found = engine.run(
        query, clickhouse=Checked(clickhouse), cache=None, now=NOW, tag=tag, timeout_seconds=30
    )
    return query, json.loads(found.body, parse_float=Decimal)


def comparable(body):
    return not body.get("compare") or "event_date" not in body["dimensions"]


def thoroughly(examples):
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


@pytest.mark.django_db
@thoroughly(60)
@given(data=st.data())
def test_answers_equal_the_reference(embedded_engine, data):
    check_answers(embedded_engine, data)


@pytest.mark.django_db
@thoroughly(15)
@given(data=st.data())
def test_answers_of_a_server_equal_the_reference(http_engine, data):
    check_answers(http_engine, data)


def check_answers(clickhouse, data):
    zone, around = data.draw(st.sampled_from(PLACES))
    told = data.draw(st.lists(events(around), min_size=1, max_size=12))
    organization = str(uuid.uuid4())
    stored = [
        event | {"organization_id": organization, "received_at": NOW + timedelta(seconds=index)}
        for index, event in enumerate(told)
    ]
    cut = data.draw(st.integers(0, len(stored) - 1))
    for batch in filter(None, (stored[cut:], stored[:cut])):
        store(clickhouse, [*batch, *(event | {"organization_id": "another"} for event in batch)])
    for body in data.draw(st.lists(bodies(around).filter(comparable), min_size=4, max_size=4)):
        start, end = data.draw(spans(around))
        asked = body | {
            "time_range": {"start": start.isoformat(), "end": end.isoformat()},
            "limit": 50_000,
        }
        query, found = run(clickhouse, asked, organization, zone)
        expected = reference.answer(stored, asked, zone, query.window, query.previous)
        assert rows_of(found["rows"]) == rows_of(expected), found["meta"]["table"]
        assert found["meta"]["row_count"] == len(expected)
        assert found["meta"]["exact"] is True
        if asked.get("totals") and not asked.get("compare"):
            whole = reference.totals(stored, asked, zone, query.window)
            assert list(map(plain, found["totals"].values())) == list(map(plain, whole))


def rows_of(rows):
    return sorted([tuple(map(plain, row)) for row in rows], key=repr)


def plain(cell):
    """Return a number as the answer's JSON has it: at most four places, no more than needed."""
    if isinstance(cell, float):
        cell = Decimal(str(round(cell, 4)))
    if not isinstance(cell, Decimal):
        return cell
    cell = cell.normalize()
    return int(cell) if cell == cell.to_integral() else cell


@pytest.mark.parametrize("count", [0, 1, answer.AT_ONCE, answer.AT_ONCE + 1])
def test_an_answer_written_in_pieces_is_one_document(count):
    asked = parse_query(
        {"dimensions": ["source"], "limit": 50_000}, organization="o1", timezone="UTC", now=NOW
    )
    rows = [(f"s{number}", number) for number in range(count)]
    rest = {"totals": None, "comparison": None, "meta": {"row_count": count}}
    tally = answer.Tally()
    pieces = answer.document(plan(asked), [rows], tally, lambda: rest)
    found = json.loads(b"".join(pieces))
    assert tally.rows == count
    assert list(found) == ["columns", "rows", "totals", "comparison", "meta"]
    assert found["rows"] == [list(row) for row in rows]
    assert found["meta"] == {"row_count": count}
