"""The OpenAPI document says what the server does: fields, their values and their bounds."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from reports import limits
from reports.api.components import COMPONENTS
from reports.api.flat import PARAMETERS
from reports.kinds import KINDS
from tests.reports.doors import post

LONG = "x" * 2000
METRICS = COMPONENTS["QueryRequest"]["properties"]["metrics"]["items"]["enum"]


def schema(name):
    components = {"components": {"schemas": COMPONENTS}}
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", **components})


SOURCED = [{"field": "source", "operator": "eq", "value": "ads"}]
STUDIED: dict[str, list[Any]] = {
    "steps": [
        ["a", {"event": "b", "filters": SOURCED, "label": "x"}, None],
        [{"event": None}, {"event": "b", "optional": True}],
        ["a"], ["a"] * 21, ["a", ""], ["a", {"event": "b", "labl": "x"}], ["a", 5], "a",
        ["a", {"event": "b", "label": ""}], ["a", {"event": "b", "optional": 1}],
    ],
    "order": ["ordered", "strict", "any", "random"],
    "window": [{"value": 3}, {"value": 30, "unit": "minutes"}, {"value": 0}, {"unit": "day"}, 5,
               {"value": 1, "unit": "fortnight"}],
    "count_by": ["visitor", "session", "click", "person"],
    "exclusions": [[{"event": "x"}], [{"event": "x", "from_step": 1, "to_step": 2}], [], "x",
                   [{"event": "x", "from_step": 0}], [{"event": "x", "after": 1}]],
    "conversion_after_range": [True, "yes"],
    "breakdown_attribution": ["first_touch", "last_touch", "all", "middle"],
    "times": [False, True, "no"],
    "histogram": [0, 10, 100, 101, -1, "5"],
    "cohort_type": ["hourly", "daily", "weekly", "monthly", "yearly"],
    "metric": ["retention", "revenue", "visits"],
    "periods": [1, 12, 0, 10_001, "3"],
    "start_event": ["signup", None, {"event": "signup", "filters": SOURCED}, "", 5, {"name": "x"}],
    "return_event": ["view", None, {"event": None}, ["view"]],
    "retention_type": ["recurring", "first_in_range", "first_ever", "last_ever"],
    "cumulative": [True, 1],
    "minimum_occurrences": [1, 3, 0, "2"],
    "models": [["linear"], ["markov", "shapley"], ["linear", "linear"], ["quadratic"]],
    "dimension": ["channel", "properties.plan", "chanel", 5],
    "conversion_event": ["purchase", "", 5, LONG],
    "lookback": [{"value": 30, "unit": "day"}, {"value": 12, "unit": "hours"}, {"value": 0}, 30],
    "half_life_days": [7, 0.5, 0, -1, "7"],
    "click_id": ["abc", "", 5],
    "include_journey": [True, "yes"],
    "intervals": [True, "yes"],
    "view": ["paths", "links", "tree"],
    "after": ["signup", {"event": None}, "", 5],
}  # fmt: skip


def bodies(kind):
    """Yield bodies that each try one value of one field, good or bad."""
    own = KINDS[kind].by
    leaf = {"field": "source", "operator": "eq", "value": "x"}
    tries: dict[str, list[Any]] = {
        "time_range": [
            {"start": "2024-01-01"},
            {"start": "2024-01-01", "end": "2024-01-02T10:00:00Z"},
            {"start": 5},
            {"end": "2024-01-01"},
            {"start": "2024-01-01", "stop": "2024-01-02"},
        ],
        "period": ["today", "last_3_quarters", "last_0_days", "next_week", 7],
        "timezone": ["Europe/Berlin", "Mars/Olympus", 1],
        "granularity": ["day", "quarter", "decade", 1],
        "group_by": ["week", "fortnight"],
        "metrics": [["events"], METRICS, ["evnets"], ["events", "events"], 5],
        own: [["source"], ["properties.plan"], ["sauce"], ["source", "source"], 5, []],
        "filters": [
            [leaf],
            leaf,
            [{"or": [leaf, {"not": leaf}]}],
            [{"field": "fraud_flags", "operator": "contains", "value": "vpn"}],
            [{"field": "source", "operator": "in", "values": ["a", "b"]}],
            [{"field": "source", "operator": "is_null"}],
            [{"field": "source", "operator": "is"}],
            [{"field": "sauce", "operator": "eq", "value": "x"}],
            [{"and": []}],
            [{**leaf, "more": 1}],
            7,
        ],
        "include_bots": [True, "yes"],
        "order_by": [[{"field": "events", "direction": "desc"}], [{"direction": "asc"}], "events"],
        "limit": [1, limits.ANALYTICS_ROWS, limits.EXPORT_ROWS, 0, limits.EXPORT_ROWS + 1, "5"],
        "offset": [0, 10_000_000, -1, 10_000_001, 1.5],
        "week_start": ["monday", "sunday", "friday"],
        "compare": ["previous_period", "previous_year", "last_year", True],
        "totals": [True, False, 1],
        "sample": [1, 0.001, 0, -0.1, 1.5, "0.5", True],
        "exact": [True, "true"],
        "nonsense": [1],
        "campaign_id": ["a", ["a", "b"], [], "", [""], LONG, LONG + "x", 5],
        "include_unassigned": [True, "no"],
        **STUDIED,
        "last": ["30m", "1h", "360m", "6h", "361m", "7h", "0m", "1d", "m", "1.5h", 30],
    }
    known = KINDS[kind].fields
    spans = {"period": "this_month"} if "period" in known else {}
    base: dict[str, Any] = {"metrics": ["events"]} if "metrics" in known else {}
    base |= {"steps": ["view", "buy"]} if "steps" in known else {}
    base |= {"cohort_type": "daily", "periods": 2} if "cohort_type" in known else {}
    for name, values in tries.items():
        for value in values if name in known else values[:1]:
            window = {} if name in ("time_range", "period") else spans
            # Which click's journey is meant is not for a schema to say.
            also = {"click_id": "abc"} if name == "include_journey" and name in known else {}
            yield {**base, **also, **window, name: value}


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_is_taken_if_and_only_if_its_schema_says_so(caller, kind):
    export, question = schema(f"{kind.title()}Export"), schema(f"{kind.title()}Request")
    outcomes = set()
    for body in bodies(kind):
        taken = post(caller, f"/analytics/{kind}/estimate", body).status_code == 200
        assert taken == export.is_valid(body), body
        answer = post(caller, f"/analytics/{kind}", body, Prefer="respond-async")
        assert (answer.status_code == 202) == question.is_valid(body), body
        outcomes.add(taken)
    assert outcomes == {True, False}


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_are_those_of_the_kind(kind):
    for form in ("Request", "Export"):
        assert set(COMPONENTS[f"{kind.title()}{form}"]["properties"]) == set(KINDS[kind].fields)
    if KINDS[kind].parameters:
        flat = set(KINDS[kind].fields) - {"time_range"}
        flat |= {"start_date", "end_date"} if "time_range" in KINDS[kind].fields else set()
        assert {name for name, *_ in PARAMETERS[kind]} == flat
