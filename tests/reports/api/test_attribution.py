"""`GET` and `POST /analytics/attribution`."""

from datetime import timedelta

import pytest

from tests.engine import store
from tests.reports.doors import bad_fields, caller_of, click, get, post
from warehouse.clock import now


@pytest.fixture
def bought(clickhouse, acme, globex):
    """A click and, a day later, a purchase of Acme's visitor; a purchase of Globex's."""
    events = [
        aged(acme, 3, 0, channel="Paid Search", click_id="abc123"),
        aged(acme, 2, 1, channel="Direct", conversion_event="buy", conversion_value=30),
        aged(globex, 2, 2, channel="Email", conversion_event="buy", click_id="abc123"),
    ]
    store(clickhouse, events)


def aged(organization, days, index, **more):
    at = now() - timedelta(days=days)
    event = {**click(organization, "google", index), "event_date": at.date(), "event_time": at}
    return {**event, "visitor_id": "v", "session_id": "", "is_bot": 0, **more}


def answered(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_credit_by_channel(caller, worker, bought):
    body = {"models": ["first_touch", "linear"], "period": "last_7_days"}
    found = answered(post(caller, "/analytics/attribution", body, Prefer="wait=30"))
    assert [column["name"] for column in found["columns"]] == [
        "channel",
        "model",
        "conversions",
        "revenue",
        "share",
    ]
    assert found["rows"] == [
        ["Paid Search", "first_touch", 1, 30, 1],
        ["Direct", "first_touch", 0, 0, 0],
        ["Direct", "linear", 0.5, 15, 0.5],
        ["Paid Search", "linear", 0.5, 15, 0.5],
    ]
    assert found["meta"]["counts"]["revenue"] == 30
    assert found["meta"]["definition"]


def test_the_seeds_address_tells_of_one_click_of_the_callers_own(caller, worker, bought, globex):
    address = "/analytics/attribution?click_id=abc123&include_journey=true"
    found = answered(get(caller, address, Prefer="wait=30"))
    names = [column["name"] for column in found["columns"]]
    channels = [row[names.index("channel")] for row in found["rows"]]
    assert channels == ["Paid Search", "Direct"]
    assert [row[names.index("last_non_direct")] for row in found["rows"]] == [1, 0]
    theirs = answered(get(caller_of(globex), address, Prefer="wait=30"))
    assert [row[names.index("channel")] for row in theirs["rows"]] == ["Email"]


def test_journeys_are_asked_for_by_flat_parameters_and_by_a_body(caller, worker, bought):
    found = answered(get(caller, "/analytics/journeys?period=last_7_days", Prefer="wait=30"))
    assert [row[:3] for row in found["rows"]] == [["Paid Search > Direct", 2, 1]]
    body = {"after": "click", "period": "last_7_days"}
    found = answered(post(caller, "/analytics/journeys", body, Prefer="wait=30"))
    assert [row[:2] for row in found["rows"]] == [["click", 1], [None, 1]]
    assert set(bad_fields(get(caller, "/analytics/journeys?view=next&limit=0"))) == {
        "after",
        "limit",
    }


def test_it_may_be_asked_for_as_a_report_and_be_estimated(caller):
    body = {"kind": "attribution", "request": {"models": ["linear"]}}
    assert post(caller, "/reports", body).status_code == 202
    assert (
        post(caller, "/analytics/attribution/estimate", {"dimension": "source"}).json()["rows"] >= 0
    )


def test_what_is_wrong_is_named(caller):
    address = "/analytics/attribution?models=best&lookback=long&start_date=never"
    assert set(bad_fields(get(caller, address))) == {"models[0]", "lookback", "start_date"}
