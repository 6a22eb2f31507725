"""`/costs`, and what `attribution` by campaign says of them."""

from datetime import timedelta

import pytest

from tests.engine import store
from tests.reports.doors import bad_fields, caller_of, click, get, post, problem
from warehouse.clock import now
from warehouse.models import Cost

SUMMER = {"day": "2024-05-15", "campaign_id": "summer", "spend": 120.5}


def listed(caller, query=""):
    return get(caller, f"/costs?{query}").json()["items"]


def test_costs_are_stored_in_place_of_what_was_known_and_listed(caller):
    other = {"day": "2024-05-16", "campaign_id": "winter", "spend": "0.0001"}
    answer = post(caller, "/costs", {"costs": [SUMMER, other]})
    assert (answer.status_code, answer.json()) == (200, {"stored": 2})
    assert post(caller, "/costs", [SUMMER | {"spend": 7}]).json() == {"stored": 1}
    assert listed(caller) == [SUMMER | {"spend": 7}, other | {"spend": 0.0001}]
    assert listed(caller, "campaign_id=winter") == [other | {"spend": 0.0001}]
    assert listed(caller, "campaign_id=winter,summer&end_date=2024-05-15") == [
        SUMMER | {"spend": 7}
    ]
    assert listed(caller, "start_date=2024-05-17") == []


def test_a_long_list_comes_in_pages(caller):
    post(caller, "/costs", [SUMMER | {"campaign_id": f"c{n}"} for n in range(5)])
    seen, address = [], "/costs?limit=2&start_date=2024-05-01"
    while address:
        page = get(caller, address).json()
        seen += [one["campaign_id"] for one in page["items"]]
        address = page["next"] and page["next"].partition("/api/v1")[2]
    assert seen == ["c4", "c3", "c2", "c1", "c0"]


def test_everything_wrong_is_told_at_once(caller):
    rows = [
        SUMMER,
        SUMMER | {"campaign_id": "x", "spend": -1},
        {"day": "2024-02-30", "campaign_id": "", "spend": "1e3"},
        SUMMER | {"campaign_id": "y", "spend": 0.00001},
        SUMMER | {"spend": 3},
        7,
        SUMMER | {"campaign_id": "z", "spnd": 3},
        SUMMER | {"campaign_id": "a", "spend": True},
    ]
    assert set(bad_fields(post(caller, "/costs", {"costs": rows}))) == {
        "costs[1].spend", "costs[2].day", "costs[2].campaign_id", "costs[2].spend",
        "costs[3].spend", "costs[4]", "costs[5]", "costs[6].spnd", "costs[7].spend",
    }  # fmt: skip
    assert not Cost.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [({"costs": {}}, "costs"), ({"cost": []}, "cost"), ([SUMMER] * 10_001, "costs")],
)
def test_what_is_no_list_of_costs_is_refused(caller, body, field):
    assert set(bad_fields(post(caller, "/costs", body))) == {field}


def test_bad_filters_are_named(caller):
    assert set(bad_fields(get(caller, "/costs?start_date=may&end_date=1&campaign=a"))) == {
        "start_date",
        "end_date",
        "campaign",
    }


def test_a_repeat_with_the_same_key_has_no_second_effect(caller):
    key = {"Idempotency_Key": "k"}
    first = post(caller, "/costs", [SUMMER], **key)
    post(caller, "/costs", [SUMMER | {"spend": 1}])
    again = post(caller, "/costs", [SUMMER], **key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert listed(caller) == [SUMMER | {"spend": 1}]
    assert post(caller, "/costs", [], **key).status_code == 422


def test_each_organization_has_its_own(caller, stranger):
    post(caller, "/costs", [SUMMER])
    assert listed(stranger) == []
    post(stranger, "/costs", [SUMMER | {"spend": 1}])
    assert listed(caller) == [SUMMER]


def test_a_scope_is_needed_for_each(caller, acme):
    reader, writer = caller_of(acme, ["reports:read"]), caller_of(acme, ["campaigns:write"])
    assert problem(post(reader, "/costs", [SUMMER]), 403)
    assert post(writer, "/costs", [SUMMER]).status_code == 200
    assert problem(get(writer, "/costs"), 403)
    assert listed(reader) == [SUMMER]


@pytest.fixture
def bought(clickhouse, acme):
    """Two days ago Acme's visitor came by `summer` and bought for 30; the next day had nobody."""
    at = now() - timedelta(days=2)
    event = {**click(acme, "google", 0), "event_date": at.date(), "event_time": at}
    event |= {"visitor_id": "v", "session_id": "", "is_bot": 0, "campaign_id": "summer"}
    store(clickhouse, [event | {"conversion_event": "buy", "conversion_value": 30}])
    return at.date()


def asked(caller, **body):
    body = {"models": ["linear"], "dimension": "campaign_id", "period": "last_7_days"} | body
    answer = post(caller, "/analytics/attribution", body, Prefer="wait=30")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_attribution_by_campaign_tells_costs_and_is_never_stale(caller, stranger, worker, bought):
    found = asked(caller)
    assert [column["name"] for column in found["columns"]][-3:] == ["cost", "roas", "cpa"]
    assert found["rows"] == [["summer", "linear", 1, 30, 1, None, None, None]]
    day = bought.isoformat()
    rows = [
        {"day": day, "campaign_id": "summer", "spend": 12},
        {"day": day, "campaign_id": "winter", "spend": 5.25},
        {"day": "2020-01-01", "campaign_id": "summer", "spend": 1000},
    ]
    post(caller, "/costs", rows)
    post(stranger, "/costs", [rows[0] | {"spend": 99}])
    assert asked(caller)["rows"] == [
        ["summer", "linear", 1, 30, 1, 12, 2.5, 12],
        ["winter", "linear", 0, 0, 0, 5.25, 0, None],
    ]
    post(caller, "/costs", [rows[0] | {"spend": 0}])
    assert asked(caller)["rows"][0] == ["summer", "linear", 1, 30, 1, 0, None, 0]
    assert len(asked(caller, dimension="channel")["columns"]) == 5


def test_where_nobody_converted_costs_stand_alone(caller, worker, clickhouse, acme):
    day = (now() - timedelta(days=1)).date().isoformat()
    post(caller, "/costs", [{"day": day, "campaign_id": "summer", "spend": 3}])
    assert asked(caller)["rows"] == [["summer", "linear", 0, 0, None, 3, 0, None]]
