"""A visitor with very many touchpoints and conversions gets the same credit, in bounded memory."""

import json
import random
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.engine import store
from tests.warehouse.asking import NOON, NOW
from tests.warehouse.studies.attribution import reference
from tests.warehouse.studies.attribution.asking import ask, credits_of, parsed
from warehouse import engine
from warehouse.language.studies.attribution import RULES
from warehouse.sql.studies.lookback import MANY

pytestmark = pytest.mark.django_db
CHANNELS = ["", "Direct", "Email", "Paid Search", "Display", "Referral"]
WINDOW = {"start": "2024-05-14", "end": "2024-05-18"}
LIMIT = 200_000_000


def history(dice, name, touchpoints, conversions):
    """Return events at random moments, many at the same one, around the edges of the window."""
    kinds = [False] * touchpoints + [True] * conversions
    dice.shuffle(kinds)
    return [
        {
            "event_id": f"{name}-{place}",
            "event_time": NOON + timedelta(minutes=30 * dice.randint(-200, 200)),
            "received_at": NOON + timedelta(days=9),
            "visitor_id": name,
            "session_id": name,
            "channel": dice.choice(CHANNELS),
            "click_id": "" if converts else f"click {place}",
            "conversion_event": "purchase" if converts else "",
            "conversion_value": dice.choice([0, 1, -7, 99]) if converts else 0,
        }
        for place, converts in enumerate(kinds)
    ]


@pytest.mark.parametrize(("seed", "lookback"), [(1, 1), (2, 2)])
def test_its_credit_equals_the_reference(clickhouse, seed, lookback):
    dice, organization = random.Random(seed), str(uuid.uuid4())
    events = [*history(dice, "heavy", 130, 140), *history(dice, "other", 9, 5)]
    store(clickhouse, [one | {"organization_id": organization} for one in events])
    asked = {
        "models": list(RULES),
        "time_range": WINDOW,
        "lookback": {"value": lookback, "unit": "day"},
        "half_life_days": 0.5,
        "intervals": seed == 1,
    }
    journeys = reference.journeys(
        events,
        parsed("attribution", organization, **asked).window,
        timedelta(days=lookback),
        value=lambda event: event["channel"] or None,
        converts=lambda event: event["conversion_event"],
    )
    touched = sum(one["click_id"] != "" for one in events)
    assert touched * sum(one is not None for one, _ in journeys) > MANY
    expected = {
        (model, value): amounts
        for model in RULES
        for value, amounts in reference.rounded(
            reference.credited(journeys, model, timedelta(days=0.5))
        ).items()
    }
    assert credits_of(ask("attribution", clickhouse, organization, **asked)) == expected


class Tight:
    """The engine, its statements held to less memory than one copy a conversion would take."""

    def __init__(self, clickhouse):
        self._clickhouse = clickhouse

    def stream(self, statement, **how):
        text = f"{statement.text} SETTINGS max_memory_usage = {LIMIT}"
        return self._clickhouse.stream(replace(statement, text=text), **how)


def test_twenty_thousand_touchpoints_and_four_thousand_conversions_fit(clickhouse):
    organization = str(uuid.uuid4())
    events = history(random.Random(1), "heavy", 20_000, 4_000)
    store(clickhouse, [one | {"organization_id": organization} for one in events])
    query = parsed("attribution", organization, lookback={"value": 30, "unit": "day"})
    found = engine.run(
        query, clickhouse=Tight(clickhouse), cache=None, now=NOW, tag="test", timeout_seconds=30
    )
    rows = json.loads(found.body, parse_float=Decimal)["rows"]
    assert len(rows) == len(CHANNELS) * len(RULES)
    for model in RULES:
        assert sum(row[2] for row in rows if row[1] == model) == 4_000
