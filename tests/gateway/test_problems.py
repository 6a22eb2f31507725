"""Every refusal and failure under /api/ is a problem document, and never a 500 for bad input."""

import pytest
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import OperationalError

from warehouse.gateway.problems import of_status, translate

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]
JSON = "application/json"


def problem(answer, status, code):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "code", "detail", "request_id"} <= set(document)
    assert (document["status"], document["code"]) == (status, code)
    assert document["request_id"] == answer["X-Request-ID"]
    return document


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b" ",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        rb'{"name": "\ud800"}',
        b"NaN",
        b"[Infinity]",
        b"-",
        b'{"name": "\xff\xfe"}',
        b'"\xed\xa0\x80"',
        rb'{"name": "a\u0000b"}',
        rb'[{"deep": ["\u0000"]}]',
        rb'{"\u0000": 1}',
        b"1" * 5000,
    ],
    ids=lambda body: repr(body[:18]),
)
def test_a_body_that_is_not_json_gets_400(caller, body):
    problem(caller.post("/api/v1/echo", body, JSON), 400, "invalid-request")


def test_no_body_is_an_empty_object(caller):
    assert caller.post("/api/v1/echo", b"", JSON).json() == {"data": {}}


def test_an_escaped_backslash_before_u0000_is_no_nul(caller):
    assert caller.post("/api/v1/echo", rb'["\\u0000"]', JSON).status_code == 200


def test_bad_fields_are_named_all_at_once(caller):
    answer = caller.post("/api/v1/failing", {"steps": [{"a": 1}, {"b": "x"}]}, JSON)
    errors = problem(answer, 400, "invalid-request")["errors"]
    assert [each["field"] for each in errors] == ["name", "steps.1.b"]
    assert errors[0]["code"] == "required"


def test_a_body_of_the_wrong_shape_gets_400(caller):
    errors = problem(caller.post("/api/v1/failing", [1], JSON), 400, "invalid-request")["errors"]
    assert errors[0]["code"] == "invalid"


def test_another_media_type_gets_415(caller):
    answer = caller.post("/api/v1/echo", b"<a/>", "application/xml")
    assert "application/xml" in problem(answer, 415, "unsupported-media-type")["detail"]
    problem(caller.post("/api/v1/echo", {"a": 1}), 415, "unsupported-media-type")


def test_an_unacceptable_answer_gets_406(caller):
    answer = caller.get("/api/v1/echo", headers={"Accept": "text/csv"})
    assert "application/json" in problem(answer, 406, "not-acceptable")["detail"]


def test_another_method_gets_405_with_the_methods_there_are(caller):
    for method in (caller.delete, caller.options):
        answer = method("/api/v1/echo")
        problem(answer, 405, "method-not-allowed")
        assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_bare_405_of_django_is_explained(client):
    answer = client.get("/api/v1/bare")
    problem(answer, 405, "method-not-allowed")
    assert answer["Allow"] == "GET"


def test_an_address_that_leads_nowhere_gets_404(client):
    problem(client.get("/api/v1/nothing"), 404, "not-found")
    problem(client.get("/api/v1/echo/"), 404, "not-found")


def test_a_foreign_host_gets_400(client):
    problem(client.get("/api/v1/echo", headers={"Host": "evil.example"}), 400, "invalid-request")


def test_a_nul_in_the_address_gets_400(caller):
    problem(caller.get("/api/v1/echo?cursor=%00"), 400, "invalid-request")
    problem(caller.get("/api/v1/ec%00ho"), 400, "invalid-request")


def test_a_bug_gets_500_without_its_message(quiet_caller):
    answer = quiet_caller.get("/api/v1/failing?how=bug")
    problem(answer, 500, "internal-error")
    assert b"secret" not in answer.content


def test_a_source_that_times_out_gets_504(caller):
    problem(caller.get("/api/v1/failing?how=timeout"), 504, "source-timeout")


@pytest.mark.parametrize(("how", "seconds"), [("limit", "7"), ("throttled", "3")])
def test_a_limit_says_when_to_come_back(caller, how, seconds):
    answer = caller.get(f"/api/v1/failing?how={how}")
    problem(answer, 429, "limit-exceeded")
    assert answer["Retry-After"] == seconds


def test_pages_get_pages(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert b"There is nothing here" in answer.content


@pytest.mark.parametrize(
    ("error", "status"),
    [(RequestDataTooBig(), 413), (DisallowedHost(), 400), (OperationalError(), 503)],
)
def test_errors_of_django_have_their_status(error, status):
    ours = translate(error)
    assert ours is not None
    assert ours.status == status


def test_an_error_nobody_foresaw_is_left_to_django():
    assert translate(KeyError("x")) is None
    assert (of_status(418).status, of_status(502).status) == (400, 500)
