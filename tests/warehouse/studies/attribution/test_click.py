"""What is told of one click: its visitor's touchpoints, the conversion, and each model's credit."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.asking import NOON, tell
from tests.warehouse.studies.attribution.asking import ask, table
from tests.warehouse.studies.attribution.test_definitions import EMAIL, SEARCH, at, bought
from warehouse.language.studies.click import OF_ONE

pytestmark = pytest.mark.django_db
CLICK = {"click_id": "abc123"}
THIRDS = [Decimal("0.3334"), Decimal("0.3333"), Decimal("0.3333")]


def told(clickhouse, organization, **body):
    return table(ask("attribution", clickhouse, organization, **CLICK, **body))


@pytest.fixture
def organization(clickhouse):
    """A click between two other touchpoints of its visitor, then two conversions; and others."""
    return tell(
        clickhouse,
        at(-9, EMAIL, event_name="view", source="news"),
        at(-8, SEARCH, event_name="click", campaign_id="summer", **CLICK),
        at(-1, "Direct", event_name="view"),
        bought(timedelta(days=-1, minutes=5), value=Decimal("12.5")),
        bought(2, "Referral", conversion_event="signup", value=0),
        at(-1, EMAIL, visitor_id="other"),
        bought(0, EMAIL, visitor_id="other", click_id="abc1234"),
    )


def test_the_journey_has_every_touchpoint_the_conversion_and_credit(clickhouse, organization):
    rows = told(clickhouse, organization, include_journey=True, conversion_event="purchase")
    assert [(row["channel"], row["clicked"]) for row in rows] == [
        (EMAIL, False),
        (SEARCH, True),
        ("Direct", False),
    ]
    assert {row["conversion_event"] for row in rows} == {"purchase"}
    assert {row["conversion_time"] for row in rows} == {"2024-05-14T12:05:00.000+00:00"}
    assert {row["conversion_value"] for row in rows} == {Decimal("12.5")}
    names = ("event_time", "event_name", "source", "campaign_id", "click_id")
    assert [rows[1][name] for name in names] == [
        "2024-05-07T12:00:00.000+00:00",
        "click",
        None,
        "summer",
        "abc123",
    ]
    assert {model: [row[model] for row in rows] for model in OF_ONE if model != "time_decay"} == {
        "first_touch": [1, 0, 0],
        "last_touch": [0, 0, 1],
        "last_non_direct": [0, 1, 0],
        "linear": THIRDS,
        "position_based": [Decimal("0.4"), Decimal("0.2"), Decimal("0.4")],
        "shapley": THIRDS,
    }


def test_decay_is_by_the_age_at_the_conversion(clickhouse):
    organization = tell(clickhouse, at(-7, EMAIL, **CLICK), bought(0, SEARCH))
    rows = told(clickhouse, organization, include_journey=True, models=["time_decay"])
    assert [row["time_decay"] for row in rows] == [Decimal("0.3333"), Decimal("0.6667")]
    (row,) = told(clickhouse, organization, models=["time_decay"], half_life_days=3.5)
    assert row["time_decay"] == Decimal("0.2")


def test_without_the_journey_only_the_click_stands_there_once_a_conversion(
    clickhouse, organization
):
    rows = told(clickhouse, organization)
    assert [(row["channel"], row["conversion_event"], row["linear"]) for row in rows] == [
        (SEARCH, "purchase", Decimal("0.3333")),
        (SEARCH, "signup", Decimal("0.25")),
    ]


def test_a_click_that_led_to_nothing_has_its_touchpoints_and_no_credit(clickhouse, organization):
    body = {"conversion_event": "refund", "include_journey": True}
    rows = told(clickhouse, organization, **body)
    assert [row["channel"] for row in rows] == [EMAIL, SEARCH, "Direct", "Referral"]
    for row in rows:
        assert {row[name] for name in (*OF_ONE, "conversion_time", "conversion_value")} == {None}
    found = ask("attribution", clickhouse, organization, **CLICK, **body)
    assert found["meta"]["counts"]["clicks"] == 1
    assert found["meta"]["counts"]["conversions"] == 0


def test_the_conversion_must_come_within_the_lookback_and_not_before_the_click(clickhouse):
    organization = tell(clickhouse, bought(-9, EMAIL), at(-8, SEARCH, **CLICK), bought(0, EMAIL))
    (row,) = told(clickhouse, organization, lookback={"value": 7, "unit": "days"})
    assert row["conversion_time"] is None
    (row,) = told(clickhouse, organization, lookback={"value": 8, "unit": "days"})
    assert row["conversion_time"] == NOON.isoformat(timespec="milliseconds")


def test_an_unknown_click_is_an_empty_answer_that_says_so(clickhouse, organization):
    found = ask("attribution", clickhouse, organization, click_id="nobody's")
    assert found["rows"] == []
    assert found["meta"]["counts"]["clicks"] == 0
    assert "click" in found["meta"]["definition"]
