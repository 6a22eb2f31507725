"""`GET` and `POST /analytics/traffic`."""

import pytest

from reports.kinds.traffic import METRICS
from tests.reports.doors import bad_fields, caller_of, get, post, problem

SEED = "/analytics/traffic?start_date=2024-01-01&end_date=2024-01-31&group_by=day"
EVENTS = f"{SEED}&metrics=events"


def test_the_seeds_own_address_works(caller, worker, clicks):
    answer = get(caller, SEED, Prefer="wait=30")
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert [column["name"] for column in document["columns"]] == ["time", *METRICS]
    assert len(document["rows"]) == 31
    place = 1 + METRICS.index("events")
    busy = {row[0]: row[place] for row in document["rows"] if row[place]}
    assert busy == {"2024-01-07": 3}


def test_get_and_post_are_the_same_question(caller, worker, clicks):
    by_get = get(
        caller,
        "/analytics/traffic?start_date=2024-01-07&end_date=2024-01-07&granularity=hour"
        "&metrics=clicks,visitors&breakdown=source&order_by=clicks:desc&timezone=UTC&limit=5"
        "&offset=0&include_bots=false"
        "&filters=%5B%7B%22field%22%3A%22source%22%2C%22operator%22%3A%22eq%22%2C%22value%22%3A%22google%22%7D%5D",
        Prefer="wait=30",
    )
    body = {
        "time_range": {"start": "2024-01-07", "end": "2024-01-07"},
        "granularity": "hour",
        "metrics": ["clicks", "visitors"],
        "breakdown": "source",
        "filters": [{"field": "source", "operator": "eq", "value": "google"}],
        "order_by": [{"field": "clicks", "direction": "desc"}],
        "limit": 5,
    }
    by_post = post(caller, "/analytics/traffic", body, Prefer="wait=0")
    assert by_get.json()["rows"] == [["2024-01-07T09:00:00Z", "google", 2, 2]] or by_get.json()[
        "rows"
    ] == [["2024-01-07T09:00:00+00:00", "google", 2, 2]]
    assert by_post.content == by_get.content


@pytest.mark.parametrize(
    ("more", "columns"),
    [
        ("compare=previous_period", ["events", "events_previous", "events_change"]),
        ("compare=previous_year", ["events", "events_previous", "events_change"]),
        ("totals=true", ["events"]),
        ("exact=true", ["events"]),
        ("sample=0.5", ["events"]),
        ("week_start=sunday", ["events"]),
        (
            "filters=%7B%22field%22%3A%22source%22%2C%22operator%22%3A%22is_not_null%22%7D",
            ["events"],
        ),
    ],
)
def test_common_fields_may_be_parameters(caller, worker, clicks, more, columns):
    answer = get(caller, f"{EVENTS}&{more}", Prefer="wait=30")
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert [column["name"] for column in document["columns"]] == ["time", *columns]
    assert (document["totals"] is None) == (more != "totals=true")
    assert (document["comparison"] is None) == ("compare" not in more)
    assert isinstance(document["meta"]["exact"], dict) == ("sample" in more)


def test_weeks_begin_when_they_are_said_to(caller, worker):
    address = "/analytics/traffic?start_date=2024-01-03&end_date=2024-01-08&metrics=events"
    for first, days in (("monday", ["01", "08"]), ("sunday", ["31", "07"])):
        asked = f"{address}&granularity=week&week_start={first}"
        rows = get(caller, asked, Prefer="wait=30").json()["rows"]
        assert [row[0][-2:] for row in rows] == days


def test_a_period_is_understood(caller, worker):
    answer = get(caller, "/analytics/traffic?period=last_7_days&metrics=events", Prefer="wait=30")
    assert len(answer.json()["rows"]) == 7


def test_only_a_start_is_enough(caller, worker):
    answer = get(
        caller, "/analytics/traffic?start_date=2024-01-01&group_by=month", Prefer="wait=30"
    )
    assert answer.status_code == 200


def test_bad_parameters_are_named_as_they_were_written(caller):
    said = bad_fields(
        get(
            caller,
            "/analytics/traffic?start_date=soon&end_date=2024-13-01&metrics=clicks,clickz"
            "&breakdown=sauce&limit=many&include_bots=perhaps&group_by=dya",
        )
    )
    assert set(said) == {
        "start_date",
        "end_date",
        "metrics[1]",
        "breakdown[0]",
        "limit",
        "include_bots",
        "group_by",
    }
    assert "clicks" in said["metrics[1]"]
    assert "source" in said["breakdown[0]"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("access_token=x", "access_token"),
        ("start_dat=2024-01-01", "start_dat"),
        ("limit=1&limit=2", "limit"),
        ("end_date=2024-01-31", "start_date"),
        ("filters=%7B", "filters"),
        ("sample=half", "sample"),
        ("sample=0", "sample"),
        ("sample=nan", "sample"),
        ("sample=1e99", "sample"),
        ("sample=0.5&sample=0.1", "sample"),
        ("totals=perhaps", "totals"),
        ("exact=", "exact"),
        ("compare=last_year", "compare"),
        ("week_start=friday", "week_start"),
        ("compare=previous_period&breakdown=event_date", "compare"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_refused(caller, query, field):
    assert field in bad_fields(get(caller, f"/analytics/traffic?{query}"))


def test_unknown_fields_of_the_body_are_refused_with_the_nearest_names(caller):
    said = bad_fields(
        post(caller, "/analytics/traffic", {"breakdwon": ["source"], "metrics": ["clickz"]})
    )
    assert set(said) == {"breakdwon", "metrics[0]"}
    assert "breakdown" in said["breakdwon"]


@pytest.mark.parametrize("value", [5, {"a": 1}, [["source"]], "nothing_known"])
def test_a_bad_breakdown_is_refused_by_its_own_name(caller, value):
    said = bad_fields(post(caller, "/analytics/traffic", {"breakdown": value}))
    assert all(name.startswith("breakdown") for name in said)


def test_a_stranger_is_refused(caller, client, acme, globex):
    problem(get(client, SEED), 401)
    problem(get(caller_of(acme, ["events:write"]), SEED), 403)
    problem(get(caller, SEED, X_Organization="globex"), 403)
