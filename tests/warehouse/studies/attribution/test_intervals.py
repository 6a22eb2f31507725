"""How far conversions may be off by chance, by drawing groups of visitors again."""

import uuid
from datetime import timedelta

import numpy as np
import pytest

from tests.engine import store
from tests.warehouse.asking import NOON
from tests.warehouse.studies.attribution.asking import ask, table
from warehouse.language.studies.attribution import RULES
from warehouse.studies.resampled import between

pytestmark = pytest.mark.django_db
NAMES = ["conversions_low", "conversions_high"]


def told(clickhouse, visitors):
    """Store visitors of whom every second buys, by Email and, one in three of all, Search."""
    organization = str(uuid.uuid4())
    common = {"organization_id": organization, "is_bot": 0, "session_id": ""}
    events = []
    for number in range(visitors):
        one = common | {"visitor_id": f"v{number}", "event_time": NOON, "channel": "Email"}
        events.append(one)
        later = {"event_time": NOON + timedelta(hours=1), "channel": ["Search", "", ""][number % 3]}
        bought = {"conversion_event": "buy", "conversion_value": 1} if number % 2 else {}
        events.append(one | later | bought)
    store(clickhouse, events)
    return organization


def asked(clickhouse, organization, **body):
    return table(ask("attribution", clickhouse, organization, intervals=True, **body))


def test_the_bounds_of_a_tiny_case_by_hand():
    """Two groups with 1 and 3 conversions, drawn four times: 2, 4, 4 and 6 conversions.

    The bounds are 0.025 and 0.975 of the way along three gaps: 2 + 0.075 * 2 and 4 + 0.925 * 2.
    """
    draws = np.array([[2, 0], [1, 1], [0, 2], [1, 1]])
    assert between(draws @ np.array([[1.0], [3.0]])).ravel() == pytest.approx([2.15, 5.85])


def test_every_model_has_bounds_around_what_it_credits_and_the_same_each_time(clickhouse):
    organization = told(clickhouse, 600)
    rows = asked(clickhouse, organization)
    assert {row["model"] for row in rows} == set(RULES)
    for row in rows:
        low, high = (row[name] for name in NAMES)
        assert 0 <= low <= row["conversions"] <= high
        assert (low < high) == (row["conversions"] > 0)
    assert asked(clickhouse, organization) == rows
    plain = table(ask("attribution", clickhouse, organization))
    assert [{k: v for k, v in row.items() if k not in NAMES} for row in rows] == plain


@pytest.mark.parametrize("model", ["linear", "markov"])
def test_more_visitors_make_it_narrower(clickhouse, model):
    widths = []
    for visitors in (150, 2400):
        rows = asked(clickhouse, told(clickhouse, visitors), models=[model])
        (email,) = (row for row in rows if row["channel"] == "Email")
        low, high = (email[name] for name in NAMES)
        widths.append(float((high - low) / email["conversions"]))
    # Sixteen times as many: a quarter of the width, give or take chance.
    assert widths[1] < widths[0] / 2


def test_the_width_is_that_of_chance(clickhouse):
    """How many of 300 buyers are in a group goes by chance: so their sum is off by √300."""
    rows = asked(clickhouse, told(clickhouse, 600), models=["first_touch"])
    (email,) = (row for row in rows if row["channel"] == "Email")
    width = float(email["conversions_high"] - email["conversions_low"])
    assert 0.7 < width / (2 * 1.96 * 300**0.5) < 1.3


def test_too_few_conversions_have_no_interval(clickhouse):
    rows = asked(clickhouse, told(clickhouse, 8))
    assert rows
    assert {row[name] for row in rows for name in NAMES} == {None}


def test_a_sample_has_bounds_of_all_visitors(clickhouse):
    rows = asked(clickhouse, told(clickhouse, 2400), models=["first_touch"], sample=0.5)
    for row in rows:
        assert row["conversions_low"] <= row["conversions"] <= row["conversions_high"]
