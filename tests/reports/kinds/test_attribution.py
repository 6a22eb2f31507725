"""The kind `attribution` as a question to the engine."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.kinds import KINDS
from tests.reports.kinds.test_traffic import ACME
from warehouse.exceptions import InvalidRequest
from warehouse.language.fingerprint import fingerprint
from warehouse.language.studies.attribution import ANY_CONVERSION, RULES
from warehouse.language.studies.click import OF_ONE

NOW = datetime(2026, 3, 30, 12, 0, 20, tzinfo=UTC)
ATTRIBUTION = KINDS["attribution"]
DAY_MS = 86_400_000


def parsed(body):
    return ATTRIBUTION.parse(body, tenant=ACME, now=NOW, max_limit=50_000)


def by_parameters(**given):
    assert ATTRIBUTION.parameters is not None
    return parsed(ATTRIBUTION.parameters({name: [value] for name, value in given.items()}))


def refused(body):
    with pytest.raises(InvalidRequest) as error:
        parsed(body)
    return {one.field: one.detail for one in error.value.errors}


def test_by_default_it_is_every_model_by_channel_over_thirty_days():
    query = parsed({})
    study = query.study
    assert (study.models, study.dimension, study.conversion) == (
        tuple(RULES),
        "channel",
        ANY_CONVERSION,
    )
    assert (study.lookback_ms, study.half_life_ms) == (30 * DAY_MS, 7 * DAY_MS)
    assert study.span.end == query.window.end
    assert study.span.start == query.window.start - timedelta(days=30)


def test_the_seeds_address_is_about_one_click():
    query = by_parameters(click_id="abc123", include_journey="true")
    assert (query.study.click_id, query.study.include_journey) == ("abc123", True)
    assert query.study.models == OF_ONE


def test_flat_parameters_and_a_body_are_the_same_question():
    flat = by_parameters(
        models="markov,last_touch",
        dimension="campaign_id",
        conversion_event="purchase",
        lookback="14 days",
        half_life_days="3.5",
        intervals="true",
        start_date="2026-03-01",
        limit="5",
    )
    full = {
        "models": ["markov", "last_touch"],
        "dimension": "campaign_id",
        "conversion_event": "purchase",
        "lookback": {"value": 2, "unit": "weeks"},
        "half_life_days": 3.5,
        "intervals": True,
        "time_range": {"start": "2026-03-01"},
        "limit": 5,
    }
    assert flat == parsed(full)
    assert by_parameters(lookback="12h") == parsed({"lookback": {"value": 12, "unit": "hour"}})
    assert by_parameters(lookback="7") == by_parameters(lookback="1w")


def test_each_of_its_fields_makes_another_question():
    bodies = [
        {},
        {"models": ["linear"]},
        {"dimension": "source"},
        {"conversion_event": "signup"},
        {"lookback": {"value": 29, "unit": "day"}},
        {"half_life_days": 6},
        {"intervals": True},
        {"click_id": "a"},
        {"click_id": "a", "include_journey": True},
    ]
    assert len({fingerprint(parsed(body)) for body in bodies}) == len(bodies)


def test_everything_wrong_is_told_at_once():
    found = refused(
        {
            "models": ["last_tuch", "linear", "linear"],
            "dimension": "chanel",
            "conversion_event": "",
            "lookback": {"value": 0, "unit": "fortnight"},
            "half_life_days": 0,
            "include_journey": True,
            "modles": [],
            "period": "last_0_days",
            "filters": [{"field": "revenue", "operator": "gt", "value": 1}],
        }
    )
    assert set(found) == {
        "models[0]", "models[2]", "dimension", "conversion_event", "lookback.unit",
        "half_life_days", "include_journey", "modles", "period",
    }  # fmt: skip
    assert "last_touch" in found["models[0]"]
    assert "channel" in found["dimension"]
    assert "models" in found["modles"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lookback": {"value": 367, "unit": "day"}}, "lookback.value"),
        ({"lookback": 30}, "lookback"),
        ({"half_life_days": True}, "half_life_days"),
        ({"half_life_days": 1e300}, "half_life_days"),
        ({"models": {}}, "models"),
        ({"click_id": 5}, "click_id"),
        ({"click_id": "a", "intervals": True}, "intervals"),
        ({"intervals": 1}, "intervals"),
        ({"click_id": "a", "models": ["linear", "markov"]}, "models[1]"),
        ({"filters": [{"field": "revenue", "operator": "gt", "value": 1}]}, "filters"),
        ({"granularity": "day"}, "granularity"),
        ({"dimension": ["channel"]}, "dimension"),
    ],
)
def test_what_is_wrong_is_named(body, field):
    assert set(refused(body)) == {field}
