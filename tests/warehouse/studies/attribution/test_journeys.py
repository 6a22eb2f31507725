"""Paths to conversions, the links between their steps, and what comes next after an event."""

import uuid
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import store
from tests.warehouse.asking import tell
from tests.warehouse.studies.attribution import reference
from tests.warehouse.studies.attribution.asking import ask, parsed, table
from tests.warehouse.studies.attribution.invented import histories
from tests.warehouse.studies.attribution.test_definitions import EMAIL, SEARCH, at, bought
from tests.warehouse.studies.attribution.test_reference import WINDOW, thoroughly

pytestmark = pytest.mark.django_db


def told(clickhouse, organization, **body):
    return table(ask("journeys", clickhouse, organization, **body))


def test_the_most_frequent_paths_come_first(clickhouse):
    organization = tell(
        clickhouse,
        at(-2, EMAIL, visitor_id="a"),
        bought(0, SEARCH, visitor_id="a"),
        at(-4, EMAIL, visitor_id="b"),
        bought(0, SEARCH, visitor_id="b", value=2),
        bought(0, SEARCH, visitor_id="c", value=Decimal("99.99")),
        at(0, SEARCH, visitor_id="d"),
        bought(0, visitor_id="e", value=0),
    )
    assert told(clickhouse, organization) == [
        {
            "path": "Email > Paid Search",
            "touchpoints": 2,
            "conversions": 2,
            "revenue": 12,
            "share": Decimal("0.5"),
            "average_seconds": 3 * 86_400,
        },
        {
            "path": "Paid Search",
            "touchpoints": 1,
            "conversions": 1,
            "revenue": Decimal("99.99"),
            "share": Decimal("0.25"),
            "average_seconds": 0,
        },
        {
            "path": "(none)",
            "touchpoints": 1,
            "conversions": 1,
            "revenue": 0,
            "share": Decimal("0.25"),
            "average_seconds": 0,
        },
    ]
    found = ask("journeys", clickhouse, organization, limit=1, offset=1)
    assert [row[0] for row in found["rows"]] == ["Paid Search"]
    assert found["meta"]["truncated"] is True
    counts = found["meta"]["counts"]
    assert (counts["conversions"], counts["revenue"]) == (4, Decimal("111.99"))


def test_a_conversion_without_touchpoint_has_no_path(clickhouse):
    organization = tell(
        clickhouse, at(-5, EMAIL, session_id="s"), bought(0, SEARCH, session_id="s")
    )
    (row,) = told(clickhouse, organization, lookback={"value": 1, "unit": "day"})
    assert (row["path"], row["touchpoints"], row["average_seconds"]) == (None, 0, None)
    assert told(clickhouse, organization, view="links", lookback={"value": 1, "unit": "day"}) == []


def test_of_a_long_path_the_last_twenty_touchpoints_are_told(clickhouse):
    events = [at(-number, f"c{number:02}", campaign_id="some") for number in range(1, 26)]
    after = at(3, "after", campaign_id="some")
    organization = tell(clickhouse, *events, bought(0, "end"), after)
    (row,) = told(clickhouse, organization)
    assert row["path"].split(" > ") == [f"c{number:02}" for number in range(19, 0, -1)] + ["end"]
    assert row["average_seconds"] == 25 * 86_400


def test_links_lead_from_step_to_step_and_to_the_conversion(clickhouse):
    organization = tell(
        clickhouse,
        at(-2, EMAIL, visitor_id="a"),
        bought(0, SEARCH, visitor_id="a"),
        bought(0, EMAIL, visitor_id="b", value=1),
    )
    found = ask("journeys", clickhouse, organization, view="links")
    assert found["rows"] == [
        [1, EMAIL, 2, SEARCH, 1, 10],
        [1, EMAIL, 2, "(conversion)", 1, 1],
        [2, SEARCH, 3, "(conversion)", 1, 10],
    ]
    assert found["meta"]["counts"]["conversions"] == 2


def test_what_comes_next_is_the_very_next_event_of_the_visitor(clickhouse):
    organization = tell(
        clickhouse,
        at(0, event_name="signup"),
        at(timedelta(seconds=10), event_name="view"),
        at(timedelta(seconds=20), event_name="signup", country="DE"),
        at(timedelta(seconds=50), event_name="view", is_bot=1),
        at(timedelta(seconds=60), event_name="signup"),
        at(timedelta(seconds=5), event_name="click", visitor_id="other"),
        at(timedelta(seconds=6), event_name="signup", visitor_id="other"),
        at(timedelta(seconds=26), event_name="view", visitor_id="other"),
        at(timedelta(seconds=7), event_name="signup", visitor_id=""),
    )
    rows = ask("journeys", clickhouse, organization, after="signup")["rows"]
    assert rows == [
        ["view", 2, 2, Decimal("0.5"), 15],
        ["signup", 1, 1, Decimal("0.25"), 40],
        [None, 1, 1, Decimal("0.25"), None],
    ]
    german = [{"field": "country", "operator": "eq", "value": "DE"}]
    body = {"after": {"event": "signup", "filters": german}, "include_bots": True}
    rows = ask("journeys", clickhouse, organization, **body)["rows"]
    assert rows == [["view", 1, 1, 1, 30]]


def test_nothing_found_is_an_empty_answer(clickhouse):
    organization = tell(clickhouse, at(0))
    for body in ({}, {"view": "links"}, {"after": "signup"}):
        found = ask("journeys", clickhouse, organization, **body)
        assert found["rows"] == []
        assert 0 in found["meta"]["counts"].values()


@pytest.mark.parametrize(
    ("dimension", "shown"),
    [
        ("is_mobile", "true > false"),
        ("event_time", "2024-05-14T14:00:00.000+02:00 > 2024-05-15T14:00:00.000+02:00"),
        ("fraud_score", "0.5 > 12.0"),
        ("event_date", "2024-05-14 > 2024-05-15"),
    ],
)
def test_values_are_shown_as_other_kinds_show_them(clickhouse, dimension, shown):
    first = at(-1, EMAIL, is_mobile=1, fraud_score=0.5)
    organization = tell(clickhouse, first, bought(0, SEARCH, fraud_score=12))
    asked = {"dimension": dimension, "zone": "Europe/Berlin"}
    (row,) = told(clickhouse, organization, **asked)
    assert row["path"] == shown
    links = told(clickhouse, organization, view="links", **asked)
    assert [row["from_value"] for row in links] == shown.split(" > ")


@thoroughly(3)
@given(seed=st.integers(0, 2**32))
def test_paths_and_links_equal_the_reference(embedded_engine, seed):
    organization = str(uuid.uuid4())
    events = histories(seed, 300)
    store(embedded_engine, [one | {"organization_id": organization} for one in events])
    asked = {"time_range": WINDOW, "lookback": {"value": 2, "unit": "days"}, "limit": 50_000}
    journeys = reference.journeys(
        events,
        parsed("journeys", organization, **asked).window,
        timedelta(days=2),
        value=lambda event: event["channel"] or "(none)",
        converts=lambda event: event["conversion_event"] != "",
        wanted=lambda event: not event["is_bot"],
    )
    paths = [tuple(value for _, value in path) for one, path in journeys if one is not None]
    found = ask("journeys", embedded_engine, organization, **asked)["rows"]
    assert {row[0]: row[2] for row in found} == {
        " > ".join(path) or None: count for path, count in Counter(paths).items()
    }
    links = Counter(
        (place, *pair)
        for path in paths
        for place, pair in enumerate(zip(path, [*path, "(conversion)"][1:], strict=True), 1)
    )
    found = ask("journeys", embedded_engine, organization, view="links", **asked)["rows"]
    assert {(row[0], row[1], row[3]): row[4] for row in found} == links
