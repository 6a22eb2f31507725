"""`POST /analytics/query`."""

import pytest

from reports.models import Job, Report
from tests.reports.doors import QUERY, asked, bad_fields, caller_of, post, problem

SOURCES = [["=evil", 1], ["google", 2]]


def test_a_question_is_answered_within_the_wait(caller, worker, clicks):
    answer = asked(caller)
    assert answer.status_code == 200
    document = answer.json()
    assert document["rows"] == SOURCES
    assert [column["role"] for column in document["columns"]] == ["dimension", "metric"]
    assert document["meta"]["organization"] == "acme"
    assert answer["Cache-Status"].startswith(
        'Trellis; fwd=miss; detail="none: computed from acquisition_1d: '
    )
    assert answer["Preference-Applied"] == "wait=30"
    assert answer["ETag"].startswith('"')


def test_the_same_question_is_answered_from_the_cache_with_the_same_bytes(caller, worker, clicks):
    first = asked(caller)
    again = asked(caller, wait=0)
    assert again.status_code == 200
    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Status"].startswith("Trellis; hit; ttl=")
    assert again["Cache-Status"].endswith('detail="l1: window is over and unchanged"')
    assert int(again["Age"]) >= 0
    assert Report.objects.count() == 1


def test_a_cached_answer_is_the_organizations_own(caller, stranger, worker, clicks):
    assert asked(caller).json()["rows"] == SOURCES
    assert asked(stranger).json()["rows"] == [["bing", 1]]
    assert asked(caller, wait=0).json()["rows"] == SOURCES


def test_a_held_answer_is_not_sent_again(caller, worker, clicks):
    etag = asked(caller)["ETag"]
    again = post(caller, "/analytics/query", QUERY, If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == etag


def test_no_cache_computes_anew(caller, worker, clicks):
    asked(caller)
    answer = post(caller, "/analytics/query", QUERY, Cache_Control="no-cache", Prefer="wait=30")
    assert answer.status_code == 200
    assert answer["Cache-Status"].startswith("Trellis; fwd=request")
    assert Job.objects.count() == 2


@pytest.mark.parametrize("prefer", ["respond-async", "wait=0", "wait=1", "respond-async, wait=20"])
def test_without_a_worker_it_is_a_report_to_come_back_for(caller, prefer):
    answer = post(caller, "/analytics/query", QUERY, Prefer=prefer)
    assert answer.status_code == 202
    report = answer.json()
    assert report["status"] == "queued"
    assert report["request"] == QUERY
    assert answer["Location"] == report["links"]["self"] == f"/api/v1/reports/{report['id']}"
    assert int(answer["Retry-After"]) > 0


def test_a_preference_that_makes_no_sense_is_passed_over(caller, worker):
    answer = post(caller, "/analytics/query", QUERY, Prefer="wait=soon; handling=lenient")
    assert answer.status_code == 200
    assert "Preference-Applied" not in answer


def test_identical_questions_share_one_job(caller):
    ids = {post(caller, "/analytics/query", QUERY, Prefer="wait=0").json()["id"] for _ in range(3)}
    assert len(ids) == 3
    assert Job.objects.count() == 1


def test_a_repeat_under_the_same_key_has_one_effect_and_the_first_answer(caller, worker, clicks):
    first = post(caller, "/analytics/query", QUERY, Idempotency_Key="k", Prefer="wait=30")
    again = post(caller, "/analytics/query", QUERY, Idempotency_Key="k", Prefer="wait=30")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert Report.objects.count() == 1


def test_a_key_used_with_another_body_is_refused(caller):
    post(caller, "/analytics/query", QUERY, Idempotency_Key="k", Prefer="wait=0")
    other = {**QUERY, "limit": 7}
    answer = post(caller, "/analytics/query", other, Idempotency_Key="k", Prefer="wait=0")
    assert problem(answer, 422)["code"] == "idempotency-key-reused"
    assert Report.objects.count() == 1


def test_every_bad_field_is_named_at_once(caller):
    body = {
        "metrics": ["clickz"],
        "dimensions": ["sauce"],
        "filters": [
            {"field": "source", "operator": "eq", "value": "x"},
            {"field": "source", "operator": "is"},
        ],
        "limit": 50_001,
        "organization_id": "other",
        "granularty": "day",
    }
    said = bad_fields(asked(caller, body))
    assert set(said) == {
        "metrics[0]",
        "dimensions[0]",
        "filters[1].operator",
        "limit",
        "organization_id",
        "granularty",
    }
    assert "clicks" in said["metrics[0]"]
    assert "source" in said["dimensions[0]"]
    assert "granularity" in said["granularty"]
    assert Report.objects.count() == 0


def test_an_unknown_field_is_named_even_if_it_says_nothing(caller):
    answer = post(caller, "/analytics/query", {**QUERY, "colour": None})
    assert list(bad_fields(answer)) == ["colour"]


@pytest.mark.parametrize("path", ["/analytics/journeys/estimate", "/ws-tickets", "/exports"])
def test_a_body_of_null_is_refused_everywhere(caller, path):
    answer = caller.post(f"/api/v1{path}", b"null", "application/json")
    assert problem(answer, 400)["code"] == "invalid-request"


@pytest.mark.parametrize("body", [[], [QUERY], "query", 5, True])
def test_a_body_that_is_no_object_is_refused(caller, body):
    answer = caller.post("/api/v1/analytics/query", data=body, content_type="application/json")
    problem(answer, 400)


def test_a_key_without_the_scope_is_refused(caller, acme):
    assert "reports:read" in problem(asked(caller_of(acme, ["events:write"])), 403)["detail"]


def test_the_token_is_not_taken_from_the_address(caller, client):
    token = caller.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    answer = post(client, f"/analytics/query?access_token={token}", QUERY)
    problem(answer, 401)
