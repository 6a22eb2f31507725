"""What questions mean on the real engine: absent values, sessions, series and order."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.asking import NOON, ask, rows, tell
from warehouse.exceptions import InvalidRequest
from warehouse.language import catalog

pytestmark = pytest.mark.django_db
HOSTILE = [
    "x' OR 1=1 --",
    "'; DROP TABLE trellis.analytics_events; --",
    "\\' UNION ALL SELECT 1 --",
    "{organization:String}",
    "{p0:String}",
    "%(p0)s",
    '`a`\t\n\r\\n\\0"',
    "\x00\x01nul",
    "日本語 🦄 \u200b",
    "\\N",
]


def matching(clickhouse, organization, **leaf):
    found = rows(
        clickhouse, organization, dimensions=["event_id"], metrics=["events"], filters=[leaf]
    )
    return {row[0] for row in found}


@pytest.mark.parametrize("name", ["source", "properties.plan"])
def test_an_absent_value_equals_nothing_and_is_in_no_list(clickhouse, name):
    events = [
        {"event_id": "a", "source": "x", "properties": {"plan": "x"}},
        {"event_id": "b", "source": "y", "properties": {"plan": "y"}},
        {"event_id": "none"},
    ]
    organization = tell(clickhouse, *events)
    expected = {
        ("eq", "x"): {"a"},
        ("ne", "x"): {"b", "none"},
        ("gt", "x"): {"b"},
        ("gte", "x"): {"a", "b"},
        ("lt", "y"): {"a"},
        ("lte", "y"): {"a", "b"},
        ("contains", "x"): {"a"},
        ("not_contains", "x"): {"b", "none"},
        ("starts_with", "y"): {"b"},
        ("ends_with", "y"): {"b"},
        ("matches", ".*"): {"a", "b"},
        ("matches", "^[xz]$"): {"a"},
    }
    for (operator, value), found in expected.items():
        leaf = {"field": name, "operator": operator, "value": value}
        assert matching(clickhouse, organization, **leaf) == found, operator
    lists = {"in": {"a"}, "not_in": {"b", "none"}}
    for operator, found in lists.items():
        leaf = {"field": name, "operator": operator, "values": ["x", "z"]}
        assert matching(clickhouse, organization, **leaf) == found, operator
    for operator, found in {"is_null": {"none"}, "is_not_null": {"a", "b"}}.items():
        assert matching(clickhouse, organization, field=name, operator=operator) == found
    negated = {"not": {"field": name, "operator": "eq", "value": "x"}}
    assert matching(clickhouse, organization, **negated) == {"b", "none"}


def test_an_absent_value_is_shown_as_null_and_comes_last(clickhouse):
    organization = tell(clickhouse, {"source": "x"}, {"source": "x"}, {})
    for direction in ("asc", "desc"):
        found = rows(
            clickhouse,
            organization,
            dimensions=["source", "properties.plan"],
            order_by=[{"field": "source", "direction": direction}],
        )
        assert found == [["x", None, 2], [None, None, 1]]


def test_times_dates_truths_lists_and_numbers_can_be_filtered(clickhouse):
    organization = tell(
        clickhouse,
        {"event_id": "a", "conversion_time": NOON, "fraud_flags": ["vpn"], "fraud_score": 0.1},
        {"event_id": "b", "event_time": NOON + timedelta(days=1), "is_mobile": 1},
        {"event_id": "c", "conversion_value": Decimal("10.5"), "session_duration": 60},
    )
    cases = [
        ("event_time", "gt", NOON.isoformat(), {"b"}),
        ("event_time", "lte", "2024-05-15T14:00:00+02:00", {"a", "c"}),
        ("event_time", "ne", "2024-05-15T12:00:00Z", {"b"}),
        ("conversion_time", "eq", NOON.isoformat(), {"a"}),
        ("conversion_time", "ne", NOON.isoformat(), {"b", "c"}),
        ("conversion_time", "lt", "2024-06-01", {"a"}),
        ("event_date", "eq", "2024-05-15", {"a", "c"}),
        ("event_date", "gt", "2024-05-15", {"b"}),
        ("event_date", "gte", "2024-05-16", {"b"}),
        ("event_date", "lt", "2024-05-16", {"a", "c"}),
        ("event_date", "lte", "2024-05-15", {"a", "c"}),
        ("event_date", "ne", "2024-05-15", {"b"}),
        ("fraud_flags", "contains", "vpn", {"a"}),
        ("fraud_flags", "not_contains", "vpn", {"b", "c"}),
        ("fraud_score", "eq", 0.1, {"a"}),
        ("is_mobile", "eq", True, {"b"}),
        ("is_mobile", "ne", "true", {"a", "c"}),
        ("conversion_value", "eq", 10.5, {"c"}),
        ("conversion_value", "gte", "10.5000", {"c"}),
        ("session_duration", "gt", 59.5, {"c"}),
        ("fraud_flags", "is_null", None, {"b", "c"}),
        ("conversion_time", "is_not_null", None, {"a"}),
        ("event_date", "is_null", None, set()),
        ("is_mobile", "is_not_null", None, {"a", "b", "c"}),
    ]
    for name, operator, value, expected in cases:
        leaf = {"field": name, "operator": operator, "value": value}
        assert matching(clickhouse, organization, **leaf) == expected, (name, operator)
    lists = [
        ("event_date", "between", ["2024-05-16", "2024-05-17"], {"b"}),
        ("event_date", "not_in", ["2024-05-16"], {"a", "c"}),
        ("event_time", "in", [NOON.isoformat()], {"a", "c"}),
        ("conversion_value", "not_in", [10.5, 3], {"a", "b"}),
        ("fraud_score", "between", [0, 0.1], {"a", "b", "c"}),
    ]
    for name, operator, several, expected in lists:
        leaf = {"field": name, "operator": operator, "values": several}
        assert matching(clickhouse, organization, **leaf) == expected, (name, operator)


def test_properties_compare_as_numbers_with_numbers_and_as_text_with_text(clickhouse):
    events = [{"event_id": n, "properties": {"n": n}} for n in ("9", "10", "10.0", "ten")]
    organization = tell(clickhouse, *events, {"event_id": "none"})
    cases = [
        ("gt", 9.5, {"10", "10.0"}),
        ("eq", 10, {"10", "10.0"}),
        ("ne", 10, {"9", "ten", "none"}),
        ("eq", "10", {"10"}),
        ("gt", "9", {"ten"}),
        ("contains", 0, {"10", "10.0"}),
    ]
    for operator, value, expected in cases:
        leaf = {"field": "properties.n", "operator": operator, "value": value}
        assert matching(clickhouse, organization, **leaf) == expected, (operator, value)
    for operator, expected in {"in": {"9"}, "not_in": {"10", "10.0", "ten", "none"}}.items():
        leaf = {"field": "properties.n", "operator": operator, "values": [9, 11]}
        assert matching(clickhouse, organization, **leaf) == expected, operator


def test_hostile_text_comes_back_verbatim_and_finds_only_itself(clickhouse):
    events = [
        {"event_id": text, "source": text, "properties": {text: text}} for text in HOSTILE if text
    ]
    organization = tell(clickhouse, *events)
    found = rows(clickhouse, organization, dimensions=["source"], limit=100)
    assert {row[0] for row in found} == set(HOSTILE)
    for text in HOSTILE:
        for operator in ("eq", "contains", "starts_with", "ends_with"):
            leaf = {"field": "source", "operator": operator, "value": text}
            assert matching(clickhouse, organization, **leaf) == {text}, operator
        listed = {"field": "source", "operator": "in", "values": [text, "'other"]}
        assert matching(clickhouse, organization, **listed) == {text}
        if text.isprintable():
            leaf = {"field": f"properties.{text}", "operator": "eq", "value": text}
            assert matching(clickhouse, organization, **leaf) == {text}


def test_a_pattern_that_is_no_regular_expression_is_the_askers_fault(clickhouse):
    organization = tell(clickhouse, {"source": "x"})
    leaf = {"field": "source", "operator": "matches", "value": "(?<=a)("}
    with pytest.raises(InvalidRequest):
        matching(clickhouse, organization, **leaf)


def test_the_window_is_half_open(clickhouse):
    organization = tell(clickhouse, {}, {"event_time": NOON + timedelta(minutes=1)})
    span = {"start": "2024-05-15T12:00", "end": "2024-05-15T12:01"}
    assert rows(clickhouse, organization, time_range=span) == [[1]]


def test_bots_are_left_out_unless_asked_for(clickhouse):
    organization = tell(clickhouse, {}, {"is_bot": 1})
    assert rows(clickhouse, organization) == [[1]]
    assert rows(clickhouse, organization, include_bots=True) == [[2]]


def test_no_dimensions_gives_one_row_even_of_nothing(clickhouse):
    assert rows(clickhouse, str(uuid.uuid4()), metrics=["events", "revenue", "sessions"]) == [
        [0, 0, 0]
    ]


def test_a_series_has_every_bucket_and_its_filters_see_the_empty_ones(clickhouse):
    tomorrow = {"event_time": NOON + timedelta(days=1)}
    organization = tell(clickhouse, {}, {}, tomorrow)
    span = {"start": "2024-05-14", "end": "2024-05-17"}
    days = rows(clickhouse, organization, granularity="day", time_range=span)
    assert days == [["2024-05-14", 0], ["2024-05-15", 2], ["2024-05-16", 1], ["2024-05-17", 0]]
    few = rows(
        clickhouse,
        organization,
        granularity="day",
        time_range=span,
        metrics=["visitors"],
        filters=[{"not": {"field": "events", "operator": "gt", "value": 1}}],
        order_by=[{"field": "visitors", "direction": "desc"}],
        limit=2,
    )
    assert few == [["2024-05-16", 1], ["2024-05-14", 0]]


def test_rows_are_sorted_with_ties_broken_and_cut_with_notice(clickhouse):
    organization = tell(clickhouse, *({"source": name} for name in "cabbd"))
    asked = {"dimensions": ["source"], "metrics": ["events"]}
    whole = ask(clickhouse, organization, **asked)
    assert whole["rows"] == [["b", 2], ["a", 1], ["c", 1], ["d", 1]]
    assert whole["meta"]["truncated"] is False
    part = ask(clickhouse, organization, limit=2, offset=1, **asked)
    assert part["rows"] == [["a", 1], ["c", 1]]
    assert part["meta"]["truncated"] is True
    assert part["meta"]["row_count"] == 2


def test_decimals_keep_their_digits_and_dimensions_their_types(clickhouse):
    organization = tell(
        clickhouse,
        {"conversion_value": Decimal("12345678901234.5678"), "fraud_score": 0.1, "is_mobile": 1},
        {"conversion_value": Decimal("0.0001"), "fraud_score": 0.1, "is_mobile": 1},
    )
    found = ask(
        clickhouse,
        organization,
        zone="Asia/Tokyo",
        dimensions=["is_mobile", "fraud_score", "event_time", "event_date", "conversion_time"],
        metrics=["revenue"],
    )
    assert found["rows"] == [
        [
            True,
            Decimal("0.1"),
            "2024-05-15T21:00:00.000+09:00",
            "2024-05-15",
            None,
            Decimal("12345678901234.5679"),
        ]
    ]
    types = [column["type"] for column in found["columns"]]
    assert types == ["boolean", "number", "time", "date", "time", "decimal"]


def test_every_dimension_and_metric_of_the_catalog_answers(clickhouse):
    organization = tell(clickhouse, {"source": "x"})
    for name in sorted(catalog.DIMENSIONS):
        found = ask(clickhouse, organization, dimensions=[name], metrics=["events"])
        assert found["rows"][0][1] == 1
    every = ask(clickhouse, organization, metrics=list(catalog.METRICS))
    assert every["rows"][0][:3] == [1, 1, 1]
