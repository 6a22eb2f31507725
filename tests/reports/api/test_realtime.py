"""`GET` and `POST /analytics/realtime`."""

from datetime import timedelta

import pytest

from tests.engine import store
from tests.reports.doors import bad_fields, caller_of, click, get, post
from warehouse.clock import now


@pytest.fixture
def recent(clickhouse, acme, globex):
    """Clicks of Acme two minutes and two hours ago, and one of Globex two minutes ago."""
    ages = [(acme, "google", 2), (acme, "bing", 2), (acme, "google", 120), (globex, "bing", 2)]
    store(clickhouse, [aged(*each, index) for index, each in enumerate(ages)])


def aged(organization, source, minutes, index):
    at = now() - timedelta(minutes=minutes)
    return {**click(organization, source, index), "event_date": at.date(), "event_time": at}


def figures(answer):
    assert answer.status_code == 200, answer.content
    return [row[1:] for row in answer.json()["rows"]]


def test_the_last_hour_minute_by_minute(caller, worker, recent):
    address = "/analytics/realtime?metrics=events,visitors&last=1h"
    rows = figures(get(caller, address, Prefer="wait=30"))
    assert len(rows) == 60
    assert [row for row in rows if row[0]] == [[2, 2]]
    body = {"metrics": ["events"], "last": "3h", "breakdown": "source"}
    rows = figures(post(caller, "/analytics/realtime", body, Prefer="wait=30"))
    assert sorted(rows) == [["bing", 1], ["google", 1], ["google", 1]]


def test_another_organization_sees_its_own(recent, worker, globex):
    answer = get(caller_of(globex), "/analytics/realtime?metrics=events", Prefer="wait=30")
    assert sum(row[0] for row in figures(answer)) == 1


def test_it_may_be_asked_for_as_a_report_and_be_estimated(caller):
    body = {"kind": "realtime", "request": {"last": "15m"}}
    assert post(caller, "/reports", body).status_code == 202
    assert post(caller, "/analytics/realtime/estimate", {"last": "15m"}).status_code == 200


def test_what_is_wrong_is_named(caller):
    address = "/analytics/realtime?last=2d&start_date=2024-01-01"
    assert set(bad_fields(get(caller, address))) == {"start_date"}
    assert set(bad_fields(get(caller, "/analytics/realtime?last=2d&metrics=x"))) == {
        "last",
        "metrics[0]",
    }
