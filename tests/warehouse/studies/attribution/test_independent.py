"""Each model says what others say: an independent library, and the formula of Shapley itself."""

import json
from datetime import timedelta
from itertools import combinations
from math import factorial
from pathlib import Path

import pytest

from tests.warehouse.asking import NOON, tell
from tests.warehouse.studies.attribution.asking import ask, credits_of

pytestmark = pytest.mark.django_db
SETS = json.loads(Path(__file__).with_name("independent.json").read_text())["sets"]
BODY = {"half_life_days": 3.5, "time_range": {"start": "2024-05-15", "end": "2024-05-15"}}


@pytest.fixture
def credit(clickhouse, told):
    """What we credit to channels, by model."""
    events = [
        {
            "visitor_id": f"v{number}",
            "event_time": NOON - timedelta(hours=hours),
            "campaign_id": "some",
            "channel": channel,
            "conversion_event": "buy" if one["converts"] and hours == 0 else "",
        }
        for number, one in enumerate(told)
        for channel, hours in zip(one["path"], one["hours"], strict=True)
    ]
    # What came to nothing did so within the window: all of it is the non-converting journey.
    begin = {"start": "2024-04-10", "end": "2024-05-15"}
    organization = tell(clickhouse, *events)
    found = credits_of(ask("attribution", clickhouse, organization, **BODY | {"time_range": begin}))
    return {
        model: {channel: float(one[0]) for (name, channel), one in found.items() if name == model}
        for model in {name for name, _ in found}
    }


@pytest.mark.parametrize("told", [one["journeys"] for one in SETS])
def test_shapley_is_the_value_of_the_game_of_all_coalitions(credit, told):
    won = [frozenset(one["path"]) for one in told if one["converts"]]
    players = frozenset(channel for one in told for channel in one["path"])

    def worth(team):
        return sum(one <= team for one in won)

    for player in players:
        value = sum(
            chance(len(some), len(players)) * (worth(some | {player}) - worth(some))
            for size in range(len(players))
            for some in map(frozenset, combinations(players - {player}, size))
        )
        assert credit["shapley"][player] == pytest.approx(value, abs=1.01e-4)


def chance(before, players):
    return factorial(before) * factorial(players - before - 1) / factorial(players)


@pytest.mark.parametrize(("told", "theirs"), [(one["journeys"], one["credit"]) for one in SETS])
def test_an_independent_library_credits_the_same(credit, told, theirs):
    for model, expected in theirs.items():
        assert credit[model] == pytest.approx(expected, abs=1.01e-4)
