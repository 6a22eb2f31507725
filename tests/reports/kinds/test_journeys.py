"""The kind `journeys` as a question to the engine."""

from datetime import UTC, datetime

import pytest

from reports.kinds import KINDS
from tests.reports.kinds.test_traffic import ACME
from warehouse.exceptions import InvalidRequest

NOW = datetime(2026, 3, 30, 12, 0, 20, tzinfo=UTC)
JOURNEYS = KINDS["journeys"]


def parsed(body):
    return JOURNEYS.parse(body, tenant=ACME, now=NOW, max_limit=50_000)


def by_parameters(**given):
    assert JOURNEYS.parameters is not None
    return parsed(JOURNEYS.parameters({name: [value] for name, value in given.items()}))


def test_without_more_it_is_the_paths_and_after_an_event_what_comes_next():
    assert parsed({}).study.view == "paths"
    assert parsed({"after": "signup"}).study.view == "next"
    assert parsed({"after": "signup"}).study.span == parsed({}).window


def test_flat_parameters_and_a_body_are_the_same_question():
    flat = by_parameters(view="links", dimension="source", lookback="7d", conversion_event="buy")
    body = {
        "view": "links",
        "dimension": "source",
        "lookback": {"value": 7},
        "conversion_event": "buy",
    }
    assert flat == parsed(body)
    assert by_parameters(after="signup") == parsed({"after": {"event": "signup"}})
    assert by_parameters(after='{"event": "signup"}') == parsed({"after": {"event": "signup"}})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"view": "tree"}, "view"),
        ({"view": "next"}, "after"),
        ({"view": "paths", "after": "signup"}, "after"),
        ({"after": "signup", "dimension": "source"}, "dimension"),
        ({"after": 5}, "after"),
        ({"after": {"event": "a", "filters": [{"field": "x", "operator": "eq", "value": 1}]}},
         "after.filters[0].field"),
        ({"dimension": "revenue"}, "dimension"),
        ({"lookback": {"value": 1, "unit": "year"}}, "lookback.unit"),
        ({"models": ["linear"]}, "models"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(body, field):
    with pytest.raises(InvalidRequest) as error:
        parsed(body)
    assert [one.field for one in error.value.errors] == [field]
