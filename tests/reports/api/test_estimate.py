"""`POST /analytics/KIND/estimate`, and the refusal of what would read too much."""

from datetime import date, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from reports import limits, pace
from reports.api.components import COMPONENTS
from reports.kinds import KINDS
from reports.models import Job, Report
from tests.reports.builders import kinds_by
from tests.reports.doors import (
    MORNING,
    asked,
    bad_fields,
    caller_of,
    get,
    post,
    problem,
    submitted,
    working,
)
from warehouse.clock import now
from warehouse.exceptions import LimitExceeded
from warehouse.models import Day, TableSize
from warehouse.tenancy.models import Organization

SPAN = {"start": "2024-01-15", "end": "2024-01-15"}
ONE_DAY = {"filters": [{"field": "url", "operator": "is_not_null"}], "time_range": SPAN}
OWN: dict[str, Any] = {"funnel": {"steps": ["view", "buy"]}, "cohorts": {"cohort_type": "daily"}}
DAYS = 31
A_DAY = 1_000_000
QUERY = {
    "dimensions": ["url"],
    "metrics": ["events"],
    "time_range": {"start": "2024-01-01", "end": "2024-01-31"},
}


@pytest.fixture
def january(acme, globex):
    """A million events on every day of January for Acme, ten times as many for Globex."""
    for owner, rows in ((acme, A_DAY), (globex, 10 * A_DAY)):
        Day.objects.bulk_create(
            Day(
                organization_id=owner.pk,
                day=date(2024, 1, 1) + timedelta(days=n),
                rows=rows,
                bytes=300 * rows,
                watermark=MORNING,
            )
            for n in range(DAYS)
        )


@pytest.fixture
def limited(caller, january, acme):
    """A caller whose organization may read ten million rows at a time."""
    Organization.objects.filter(pk=acme.pk).update(rows_per_query=10 * A_DAY)
    return caller_of(acme)


def estimated(client, kind="query", body=QUERY, **headers):
    answer = post(client, f"/analytics/{kind}/estimate", body, **headers)
    assert answer.status_code == 200, answer.content
    document = answer.json()
    valid("Estimate", document)
    return document


def valid(name, document):
    schemas = {"components": {"schemas": COMPONENTS}}
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", **schemas}).validate(document)


def test_it_is_told_without_a_worker_or_an_engine(caller, january):
    found = estimated(caller)
    assert (found["rows"], found["bytes"]) == (31 * A_DAY, 31 * 300 * A_DAY)
    assert found["seconds"] == round(31 * A_DAY / pace.DEFAULT_ROWS_A_SECOND, 2)
    assert found["table"] == "events"
    assert found["considered"][-1] == {"table": "events", "taken": True, "why": found["reason"]}
    assert not any(verdict["taken"] for verdict in found["considered"][:-1])
    assert {"acquisition_1d", "content_15m"} < {one["table"] for one in found["considered"]}
    assert found["window"]["start"].startswith("2024-01-01")
    assert (found["previous"], found["exact"], found["limit"]) == (None, True, None)
    assert found["alternatives"] == []
    assert Report.objects.count() == Job.objects.count() == 0


def test_every_kind_is_estimated(caller, january):
    days = {"funnel": 3, "cohorts": 3, "attribution": 33, "journeys": 33, "discovery": 9}
    for kind in set(KINDS) - {"realtime"}:
        more = {"metrics": ["events"]} if "metrics" in KINDS[kind].fields else {}
        found = estimated(caller, kind, OWN.get(kind, more) | ONE_DAY)
        assert found["rows"] == days.get(kind, 1) * A_DAY, kind


def test_both_windows_count(caller, january):
    body = QUERY | {"compare": "previous_period"}
    body |= {"time_range": {"start": "2024-01-16", "end": "2024-01-31"}}
    found = estimated(caller, body=body)
    assert found["rows"] == 31 * A_DAY
    assert found["previous"]["start"].startswith("2023-12-31")


def test_another_organizations_events_do_not_count(caller, stranger, january):
    assert estimated(stranger)["rows"] == 310 * A_DAY
    assert estimated(caller)["rows"] == 31 * A_DAY


def test_the_pace_is_that_of_recent_jobs_that_read_much(caller, january, acme):
    def job(**facts):
        Job.objects.create(
            organization=acme, kind="query", fingerprint="f", request={}, asked_at=MORNING,
            run_after=MORNING, timeout_seconds=30, shared=False, finished_at=MORNING,
            **{"state": "succeeded", "rows_read": 2 * A_DAY, "elapsed_ms": 1000} | facts,
        )  # fmt: skip

    job(rows_read=1000)
    job(elapsed_ms=0)
    job(state="failed", rows_read=10**12)
    assert pace.rows_a_second() == pace.DEFAULT_ROWS_A_SECOND
    job()
    job(elapsed_ms=2000)
    job(elapsed_ms=1)
    assert pace.rows_a_second() == 2 * A_DAY
    assert estimated(caller)["seconds"] == 15.5


def test_bad_fields_are_named_in_the_callers_words(caller):
    said = bad_fields(post(caller, "/analytics/campaigns/estimate", {"campaign_id": [], "x": 1}))
    assert set(said) == {"campaign_id", "x"}
    problem(post(caller, "/analytics/trafic/estimate"), 404)


def test_a_repeat_under_the_same_key_gets_the_first_answer(caller, january):
    first = post(caller, "/analytics/query/estimate", QUERY, Idempotency_Key="k")
    Day.objects.all().delete()
    again = post(caller, "/analytics/query/estimate", QUERY, Idempotency_Key="k")
    assert again.content == first.content
    problem(post(caller, "/analytics/query/estimate", {}, Idempotency_Key="k"), 422)


def refused(answer):
    document = problem(answer, 429)
    assert document["code"] == "query-too-expensive"
    assert answer["Retry-After"] == "86400"
    assert "31,000,000" in document["detail"]
    assert "10,000,000" in document["detail"]
    valid("ReportProblem", document)
    return document["alternatives"]


def test_an_alternative_leaves_out_what_it_says_and_only_what_was_asked(limited):
    for name, rows in (("analytics_events", 1000), ("rollup_campaigns_1d", 10)):
        TableSize.objects.create(name=name, rows=rows, bytes=1, at=MORNING)
    filters = [{"field": "url", "operator": "is_not_null"}]
    body = {"breakdown": ["country"], "filters": filters, "metrics": ["events"]}
    span = {"start": "2024-01-01", "end": "2024-01-31"}
    found = refused(post(limited, "/analytics/campaigns", body | {"time_range": span}))
    said = {one["says"]: one["change"] for one in found}
    without = {says: change for says, change in said.items() if says.startswith("Without")}
    assert len({str(change) for change in said.values()}) == len(found)
    assert without
    for says, change in without.items():
        assert "campaign_id" not in says
        assert ("country" in says) == ("breakdown" in change)
        assert ("url" in says) == ("filters" in change)


def test_what_reads_too_much_is_refused_on_every_path(limited):
    alternatives = refused(asked(limited, QUERY))
    assert refused(post(limited, "/reports", {"kind": "query", "request": QUERY})) == alternatives
    filters = "%7B%22field%22%3A%22url%22%2C%22operator%22%3A%22is_not_null%22%7D"
    flat = f"start_date=2024-01-01&end_date=2024-01-31&metrics=events&filters={filters}"
    assert refused(get(limited, f"/analytics/traffic?{flat}"))
    assert refused(get(limited, f"/analytics/campaigns?{flat}"))
    assert Report.objects.count() == Job.objects.count() == 0


def test_a_refusal_is_not_remembered_under_its_key(limited, acme):
    refused(post(limited, "/analytics/query", QUERY, Idempotency_Key="k", Prefer="wait=0"))
    Organization.objects.update(rows_per_query=None)
    fresh = caller_of(acme)
    answer = post(fresh, "/analytics/query", QUERY, Idempotency_Key="k", Prefer="wait=0")
    assert answer.status_code == 202


def test_a_retry_is_refused_too(caller, january, acme):
    report = submitted(caller, QUERY)
    post(caller, f"/reports/{report['id']}/cancel")
    Organization.objects.filter(pk=acme.pk).update(rows_per_query=10 * A_DAY)
    refused(post(caller, f"/reports/{report['id']}/retry"))
    assert get(caller, f"/reports/{report['id']}").json()["status"] == "cancelled"


def test_what_is_offered_instead_is_taken(limited):
    offered = refused(asked(limited, QUERY))
    assert [set(one["change"]) for one in offered[-2:]] == [{"sample"}, {"time_range"}]
    assert offered[-1]["change"]["time_range"] == {"start": "2024-01-22", "end": "2024-01-31"}
    for one in offered:
        assert 0 < one["rows"] <= 10 * A_DAY
        body = QUERY | one["change"]
        assert estimated(limited, body=body)["rows"] == one["rows"]
        assert asked(limited, body, wait=0).status_code == 202, one


def test_costs_that_are_only_doubled_are_offered_undone(limited):
    week = {"time_range": {"start": "2024-01-22", "end": "2024-01-28"}}
    twice = QUERY | week | {"compare": "previous_period"}
    offered = problem(asked(limited, twice), 429)["alternatives"]
    assert offered[0]["change"] == {"compare": None}
    again = QUERY | week | {"totals": True, "exact": True}
    changes = [one["change"] for one in problem(asked(limited, again), 429)["alternatives"]]
    assert {"totals": False} in changes
    assert {"exact": False} not in changes  # it would read as much


def test_fields_that_keep_a_smaller_table_out_are_offered_to_be_left_out(limited):
    for name, rows in (("analytics_events", 1000), ("session_rows", 100)):
        TableSize.objects.create(name=name, rows=rows, bytes=1, at=MORNING)
    known, page = ({"field": name, "operator": "is_not_null"} for name in ("landing_page", "url"))
    body: dict[str, Any] = {
        "metrics": ["sessions"],
        "breakdown": ["url", "landing_page"],
        "filters": [known, {"or": [page, {"not": known}]}],
        "time_range": QUERY["time_range"],
        "granularity": "minute",
        "order_by": [{"field": "url"}],
    }
    [*_, offered] = problem(post(limited, "/analytics/traffic", body), 429)["alternatives"]
    assert set(offered["change"]) == {"time_range"}
    body["granularity"] = "day"
    offered = problem(post(limited, "/analytics/traffic", body), 429)["alternatives"][0]
    expected = {"breakdown": ["landing_page"], "filters": [known], "order_by": None}
    assert offered["change"] == expected
    assert offered["rows"] == 31 * A_DAY // 10
    assert "url" in offered["says"]
    assert post(limited, "/analytics/traffic", body | expected).status_code in (200, 202)


def test_a_wider_granularity_is_offered_where_it_helps(limited):
    for name, rows in (("analytics_events", 1000), ("session_rows", 100)):
        TableSize.objects.create(name=name, rows=rows, bytes=1, at=MORNING)
    body = {"metrics": ["sessions"], "group_by": "minute", "time_range": QUERY["time_range"]}
    offered = problem(asked(limited, body), 429)["alternatives"]
    assert offered[0]["change"] == {"group_by": "hour"}


def test_a_period_gives_way_to_a_shorter_range(limited, acme):
    today = now().date()
    Day.objects.bulk_create(
        Day(organization_id=acme.pk, day=today - timedelta(days=n), rows=6 * A_DAY, watermark=now())
        for n in range(7)
    )
    body = {"dimensions": ["url"], "period": "last_7_days"}
    offered = problem(asked(limited, body), 429)["alternatives"][-1]["change"]
    assert offered == {"period": None, "time_range": dict.fromkeys(("start", "end"), f"{today}")}
    assert asked(limited, body | offered, wait=0).status_code == 202


def test_what_no_size_is_known_of_is_said(limited):
    body = {"dimensions": ["source"], "time_range": QUERY["time_range"]}
    assert "rollup_acquisition_1d" in problem(asked(limited, body), 429)["detail"]
    for name, rows in (("analytics_events", 1000), ("rollup_acquisition_1d", 10)):
        TableSize.objects.create(name=name, rows=rows, bytes=1, at=MORNING)
    assert asked(limited, body, wait=0).status_code == 202


def test_an_estimate_tells_the_limit_and_what_fits(limited):
    found = estimated(limited)
    assert found["limit"] == 10 * A_DAY < found["rows"]
    assert found["alternatives"] == refused(asked(limited, QUERY))
    short = QUERY | {"time_range": {"start": "2024-01-01", "end": "2024-01-03"}}
    assert estimated(limited, body=short)["alternatives"] == []
    assert asked(limited, short, wait=0).status_code == 202


def test_the_engine_stops_what_reads_more_after_all(caller, acme, clickhouse, wired):
    told: dict[str, Any] = {}

    def run(query, **how):
        told.update(how)
        raise LimitExceeded

    Organization.objects.filter(pk=acme.pk).update(rows_per_query=1000)
    with working(clickhouse, wired, kinds_by(run)):
        document = problem(asked(caller_of(acme), QUERY), 429)
    assert told["most_rows"] == limits.stop_at(1000)
    assert told["most_rows"] > 1000
    assert document["code"] == "query-too-expensive"
    assert "stopped" in document["detail"]


def test_a_stranger_is_refused(client, caller, acme, globex):
    problem(post(client, "/analytics/query/estimate", QUERY), 401)
    problem(post(caller_of(acme, ["events:write"]), "/analytics/query/estimate", QUERY), 403)
    problem(post(caller, "/analytics/query/estimate", QUERY, X_Organization="globex"), 403)
