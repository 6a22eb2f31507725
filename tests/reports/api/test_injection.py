"""Every string of a question, exchanged for hostile text: no fault of ours, no foreign row."""

from urllib.parse import quote, urlencode

import pytest

from tests.engine import store
from tests.reports.doors import click, get, post
from tests.warehouse.test_questions import HOSTILE

SECRET = "globex-secret"
ATTACKS = [
    *HOSTILE,
    SECRET,
    "source) OR 1=1 --",
    "properties.x'] OR 1=1 --",
    "events(organization_id='{globex}')",
    "' UNION ALL SELECT * FROM trellis.analytics_events --",
]
WINDOW = {"start": "2024-01-01", "end": "2024-01-31"}
COMMON = {
    "metrics": ["events", "revenue"],
    "filters": [
        {"field": "source", "operator": "ne", "value": "x"},
        {"or": [{"field": "properties.plan", "operator": "in", "values": ["pro", "y"]}]},
        {"not": {"field": "path", "operator": "matches", "value": "^/z"}},
    ],
    "time_range": WINDOW,
    "timezone": "UTC",
    "granularity": "week",
    "week_start": "sunday",
    "compare": "previous_period",
    "order_by": [{"field": "events", "direction": "desc"}],
}
BODIES = {
    "query": COMMON | {"dimensions": ["source", "properties.plan"]},
    "traffic": COMMON | {"breakdown": ["properties.plan"]},
    "campaigns": COMMON | {"breakdown": "source", "campaign_id": ["summer", "winter"]},
    "realtime": {name: value for name, value in COMMON.items() if name != "time_range"}
    | {"last": "1h", "breakdown": "source"},
}
FLAT = {
    "start_date": "2024-01-01",
    "end_date": "2024-01-31",
    "metrics": "events",
    "breakdown": "source",
    "filters": '{"field": "source", "operator": "ne", "value": "x"}',
    "timezone": "UTC",
    "group_by": "week",
    "week_start": "sunday",
    "compare": "previous_year",
    "order_by": "events:desc",
    "sample": "0.5",
    "totals": "true",
    "exact": "true",
    "limit": "10",
    "campaign_id": "summer",
}


FEW = ATTACKS[:3] + ATTACKS[-1:]
CASES = [(kind, text) for kind in BODIES for text in (ATTACKS if kind == "query" else FEW)]


def exchanged(value, text):
    """Yield copies of `value`, in each of which one string, or one name, is `text` instead."""
    if isinstance(value, str):
        yield text
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from ([*value[:at], new, *value[at + 1 :]] for new in exchanged(inner, text))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: new} for new in exchanged(inner, text))
            yield {text if key == name else key: kept for key, kept in value.items()}


@pytest.fixture
def two(clickhouse, acme, globex):
    """An event of Acme, and one of Globex that nobody else may see."""
    own = {"properties": {"plan": "pro"}, "path": "/a", "campaign_id": "summer"}
    theirs = {"properties": {"plan": SECRET}, "path": SECRET, "campaign_id": SECRET}
    store(
        clickhouse,
        [{**click(acme, "google", 1), **own}, {**click(globex, SECRET, 2), **theirs}],
    )


def harmless(answer):
    """Check that an answer is a refusal, or a result with nothing of anybody else."""
    assert answer.status_code in (200, 400), answer.content
    if answer.status_code == 200:
        document = answer.json()
        names = [column["name"] for column in document["columns"]]
        events = names.index("events")
        assert sum(row[events] for row in document["rows"]) <= 1, document
        assert not any(SECRET in row for row in document["rows"]), document


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_no_string_of_a_body_breaks_out(caller, worker, two, kind, text):
    for body in exchanged(BODIES[kind], text):
        answer = post(caller, f"/analytics/{kind}", body, Prefer="wait=30")
        harmless(answer)
        estimate = post(caller, f"/analytics/{kind}/estimate", body)
        # Only the engine knows whether a pattern is one.
        assert estimate.status_code in {200, answer.status_code}, body


@pytest.mark.parametrize("text", FEW)
def test_no_parameter_breaks_out(caller, worker, two, text):
    for given in exchanged(FLAT, text):
        harmless(get(caller, f"/analytics/campaigns?{urlencode(given)}", Prefer="wait=30"))


def test_no_kind_breaks_out(caller, two):
    for text in ATTACKS:
        for address in (quote(text, safe=""), f"{quote(text, safe='')}/estimate"):
            assert get(caller, f"/analytics/{address}").status_code in (400, 404)
