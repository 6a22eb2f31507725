"""`GET` and `POST /analytics/campaigns`."""

from typing import Any

import pytest

from tests.engine import store
from tests.reports.doors import bad_fields, caller_of, click, get, post, problem

SEED = "/analytics/campaigns?campaign_id=summer_2024&metrics=clicks,conversions,revenue"
JANUARY = "start_date=2024-01-01&end_date=2024-01-31"


@pytest.fixture
def campaigns(clickhouse, acme, globex):
    """Two clicks of summer, one of winter with a sale and one of none for Acme; one of Globex."""
    sale = {"conversion_event": "purchase", "conversion_value": 12}
    wanted: list[tuple[Any, dict[str, Any]]] = [
        (acme, {"campaign_id": "summer_2024"}),
        (acme, {"campaign_id": "summer_2024", "source": "bing"}),
        (acme, {"campaign_id": "winter, 2024", **sale}),
        (acme, {}),
        (globex, {"campaign_id": "summer_2024", **sale}),
    ]
    store(
        clickhouse,
        [{**click(whose, "google", index), **more} for index, (whose, more) in enumerate(wanted)],
    )


def rows(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["rows"]


def asked(caller, body):
    span = {"time_range": {"start": "2024-01-01", "end": "2024-01-31"}}
    return post(caller, "/analytics/campaigns", span | body, Prefer="wait=30")


def test_the_seeds_own_address_works(caller, worker, campaigns):
    assert rows(get(caller, SEED, Prefer="wait=30")) == []  # the last 30 days
    answer = get(caller, f"{SEED}&{JANUARY}", Prefer="wait=30")
    assert rows(answer) == [["summer_2024", 2, 0, 0]]
    names = [column["name"] for column in answer.json()["columns"]]
    assert names == ["campaign_id", "clicks", "conversions", "revenue"]


def test_every_campaign_by_what_it_brought(caller, worker, campaigns):
    answer = asked(caller, {})
    assert [row[0] for row in rows(answer)] == ["winter, 2024", "summer_2024"]
    columns = [column["name"] for column in answer.json()["columns"]]
    assert columns[1:3] == ["revenue", "conversions"]
    assert {"conversion_rate", "avg_order_value"} < set(columns)


def test_several_are_named_by_commas_by_repeating_or_in_a_list(caller, worker, campaigns):
    address = f"/analytics/campaigns?{JANUARY}&metrics=clicks&campaign_id="
    expected = [["summer_2024", 2]]
    assert rows(get(caller, f"{address}summer_2024,autumn", Prefer="wait=30")) == expected
    repeated = f"{address}autumn&campaign_id=summer_2024"
    assert rows(get(caller, repeated, Prefer="wait=30")) == expected
    listed = {"campaign_id": ["summer_2024", "winter, 2024"], "metrics": ["clicks"]}
    assert rows(asked(caller, listed)) == [["summer_2024", 2], ["winter, 2024", 1]]


def test_events_of_no_campaign_have_a_row_when_asked_for(caller, worker, campaigns):
    every = rows(asked(caller, {"metrics": ["clicks"], "include_unassigned": True}))
    assert every == [["summer_2024", 2], ["winter, 2024", 1], [None, 1]]
    named = {"metrics": ["clicks"], "include_unassigned": True, "campaign_id": "summer_2024"}
    assert rows(asked(caller, named)) == [["summer_2024", 2], [None, 1]]


def test_a_campaign_is_broken_down_over_time_and_compared(caller, worker, campaigns):
    body = {
        "campaign_id": "summer_2024",
        "metrics": ["clicks"],
        "breakdown": "source",
        "granularity": "month",
        "compare": "previous_period",
        "totals": True,
    }
    answer = asked(caller, body)
    expected = [["2024-01-01", "summer_2024", name, 1, 0, None] for name in ("bing", "google")]
    assert rows(answer) == expected
    assert answer.json()["totals"]["clicks"] == 2
    columns = [column["name"] for column in answer.json()["columns"]]
    assert columns[3:] == ["clicks", "clicks_previous", "clicks_change"]


def test_only_the_organizations_own(caller, stranger, worker, campaigns):
    assert rows(asked(caller, {"metrics": ["revenue"]})) == [
        ["winter, 2024", 12],
        ["summer_2024", 0],
    ]
    assert rows(asked(stranger, {"metrics": ["revenue"]})) == [["summer_2024", 12]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"campaign_id": []}, "campaign_id"),
        ({"campaign_id": ""}, "campaign_id"),
        ({"campaign_id": {"a": 1}}, "campaign_id"),
        ({"campaign_id": ["a", None]}, "campaign_id[1]"),
        ({"campaign_id": ["a"] * 1001}, "campaign_id"),
        ({"campain_id": "a"}, "campain_id"),
        ({"include_unassigned": "yes"}, "include_unassigned"),
        ({"dimensions": ["source"]}, "dimensions"),
        ({"breakdown": ["sauce"]}, "breakdown[0]"),
        ({"breakdown": ["source", "campaign_id"]}, "breakdown[1]"),
        ({"breakdown": "sauce"}, "breakdown"),
        ({"breakdown": 5}, "breakdown"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_the_callers_own_name(caller, body, field):
    assert set(bad_fields(asked(caller, body))) == {field}


def test_bad_parameters_are_named_as_they_were_written(caller):
    query = (
        "campaign_id=&start_date=soon&sample=half&totals=maybe&exact=2&compare=last_year"
        "&week_start=friday&include_unassigned=1&metrics=clickz"
    )
    said = bad_fields(get(caller, f"/analytics/campaigns?{query}"))
    names = ("campaign_id", "start_date", "sample", "totals", "exact", "compare", "week_start")
    assert set(said) == {*names, "include_unassigned", "metrics[0]"}
    assert "previous_year" in said["compare"]


def test_a_stranger_is_refused(caller, client, acme):
    problem(get(client, SEED), 401)
    problem(get(caller_of(acme, ["events:write"]), SEED), 403)
    problem(get(caller, SEED, X_Organization="globex"), 403)
