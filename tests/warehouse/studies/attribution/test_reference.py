"""Thousands of random histories get the credit that plain Python works out, to the last digit."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine import store
from tests.warehouse.studies.attribution import reference
from tests.warehouse.studies.attribution.asking import ask, credits_of, parsed
from tests.warehouse.studies.attribution.invented import histories
from warehouse.language.studies.attribution import RULES

pytestmark = pytest.mark.django_db
HISTORIES = 400
WINDOW = {"start": "2024-05-14T12:00:00", "end": "2024-05-18T12:00:00"}
bodies = st.fixed_dictionaries(
    {
        "lookback": st.sampled_from([{"value": 2, "unit": "days"}, {"value": 1, "unit": "hour"}]),
        "conversion_event": st.sampled_from([None, None, "signup"]),
        "half_life_days": st.sampled_from([None, 0.5]),
        "include_bots": st.booleans(),
        "filters": st.sampled_from(
            [[], [{"field": "channel", "operator": "ne", "value": "Email"}]],
        ),
    }
)


def thoroughly(examples):
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow, phases=phases)


@thoroughly(6)
@given(seed=st.integers(0, 2**32), body=bodies)
def test_credit_equals_the_reference(embedded_engine, seed, body):
    check(embedded_engine, seed, body)


@thoroughly(2)
@given(seed=st.integers(0, 2**32), body=bodies)
def test_credit_of_a_server_equals_the_reference(http_engine, seed, body):
    check(http_engine, seed, body)


def check(clickhouse, seed, body):
    organization = str(uuid.uuid4())
    events = histories(seed, HISTORIES)
    store(clickhouse, [one | {"organization_id": organization} for one in events])
    rules = [model for model in RULES if model != "markov"]
    for dimension, models, value in (
        ("properties.own", rules, lambda event: event["properties"]["own"]),
        ("channel", ["markov"], lambda event: event["channel"] or None),
    ):
        asked = body | {"dimension": dimension, "models": models, "time_range": WINDOW}
        found = ask("attribution", clickhouse, organization, limit=50_000, **asked)
        journeys = reference.journeys(
            events,
            parsed("attribution", organization, **asked).window,
            timedelta(**{f"{body['lookback']['unit'].rstrip('s')}s": body["lookback"]["value"]}),
            value=value,
            converts=lambda event: (
                event["conversion_event"] == body["conversion_event"]
                or (body["conversion_event"] is None and event["conversion_event"])
            ),
            wanted=lambda event: (
                (body["include_bots"] or not event["is_bot"])
                and (not body["filters"] or event["channel"] != "Email")
            ),
        )
        half = timedelta(days=body["half_life_days"] or 7)
        expected = {
            (model, value): amounts
            for model in models
            for value, amounts in reference.rounded(
                reference.credited(journeys, model, half)
            ).items()
        }
        shown = credits_of(found)
        assert {key: one for key, one in shown.items() if any(one)} == {
            key: one for key, one in expected.items() if any(one)
        }
        converted = [one for one, _ in journeys if one is not None]
        assert found["meta"]["counts"]["conversions"] == len(converted)
        assert found["meta"]["counts"]["conversions_without_touchpoint"] == sum(
            1 for one, path in journeys if one is not None and not path
        )
        assert found["meta"]["exact"] is True
