"""Every refusal and failure that the contract lists, through HTTP, each a problem document."""

import json

import pytest

from reports.kinds import KINDS
from reports.models import Report
from tests.reports.builders import kinds_by
from tests.reports.doors import (
    asked,
    caller_of,
    get,
    post,
    problem,
    submitted,
    working,
)
from warehouse.exceptions import SourceError, SourceTimeout, SourceUnavailable

ADDRESSES = {
    "/analytics/query": ("POST",),
    "/analytics/traffic": ("GET", "POST"),
    "/analytics/campaigns": ("GET", "POST"),
    "/analytics/query/estimate": ("POST",),
    "/analytics/traffic/estimate": ("POST",),
    "/analytics/campaigns/estimate": ("POST",),
    "/catalog": ("GET",),
    "/reports": ("GET", "POST"),
    "/reports/0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55": ("GET", "DELETE"),
    "/reports/0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55/cancel": ("POST",),
    "/reports/0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55/retry": ("POST",),
    "/reports/0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55/result": ("GET",),
    "/ws-tickets": ("POST",),
}
POSTED = [address for address, methods in ADDRESSES.items() if "POST" in methods]


def sent(client, address, body, content_type="application/json", **headers):
    return client.post(f"/api/v1{address}", data=body, content_type=content_type, **headers)


@pytest.mark.parametrize("address", POSTED)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\u0000"}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 5000 + b"}",
        b'{"\\u0000": 1}',
        b"[]",
        b'"text"',
    ],
)
def test_400_for_a_body_that_makes_no_sense(caller, address, body):
    problem(sent(caller, address, body), 400)
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    "value", [None, 5, "x", [], {}, [None], [[]], [{}], {"a": {"b": []}}, 1e308]
)
@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_any_field_breaks_a_question(caller, kind, value):
    for name in (*KINDS[kind].fields, "unknown"):
        answer = post(caller, f"/analytics/{kind}", {name: value}, Prefer="respond-async")
        assert answer.status_code in (202, 400), (name, answer.content)
        estimate = post(caller, f"/analytics/{kind}/estimate", {name: value})
        assert (estimate.status_code == 200) == (answer.status_code == 202), (name, estimate)


@pytest.mark.parametrize("address", ADDRESSES)
def test_401_without_a_token_or_with_a_bad_one(client, transactional_db, address):
    for method in ADDRESSES[address]:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
            answer = client.generic(method, f"/api/v1{address}", headers=headers)
            problem(answer, 401)
            assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("address", ADDRESSES)
def test_403_without_the_scope_or_with_a_foreign_organization(caller, acme, globex, address):
    unscoped = caller_of(acme, ["campaigns:write"])
    for method in ADDRESSES[address]:
        problem(unscoped.generic(method, f"/api/v1{address}"), 403)
        foreign = {"X-Organization": "globex"}
        problem(caller.generic(method, f"/api/v1{address}", headers=foreign), 403)


@pytest.mark.parametrize(
    "address", ["/analytics/funel", "/report", "/analytics", "/reports/x/rows", "/reports/"]
)
def test_404_for_what_is_not_there(caller, address):
    problem(get(caller, address), 404)


def test_404_names_the_kinds_there_are(caller):
    assert "traffic" in problem(get(caller, "/analytics/trafic"), 404)["detail"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_405_names_the_methods_there_are(caller, address):
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(ADDRESSES[address]):
        answer = caller.generic(method, f"/api/v1{address}", "{}", "application/json")
        problem(answer, 405)
        assert set(ADDRESSES[address]) <= set(answer["Allow"].split(", "))
        assert method not in answer["Allow"].split(", ")


@pytest.mark.parametrize("address", ADDRESSES)
def test_406_for_a_media_type_we_do_not_speak(caller, address):
    for method in ADDRESSES[address]:
        headers = {"Accept": "application/xml"}
        problem(caller.generic(method, f"/api/v1{address}", headers=headers), 406)


def test_409_for_a_report_in_the_wrong_state(caller):
    report = submitted(caller)
    problem(get(caller, f"/reports/{report['id']}/result"), 409)
    problem(post(caller, f"/reports/{report['id']}/retry"), 409)


@pytest.mark.parametrize("address", POSTED)
def test_413_for_a_body_over_the_limit(caller, address):
    body = json.dumps({"padding": "x" * 2**20}).encode()
    problem(sent(caller, address, body), 413)


@pytest.mark.parametrize("address", POSTED)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_415_for_a_body_that_is_not_json(caller, address, content_type):
    problem(sent(caller, address, b"a=b", content_type), 415)


def test_422_for_a_key_that_came_with_another_body(caller):
    post(caller, "/reports", {"kind": "query"}, Idempotency_Key="k")
    problem(post(caller, "/reports", {"kind": "traffic"}, Idempotency_Key="k"), 422)


@pytest.mark.parametrize(
    ("trouble", "status"), [(SourceError, 502), (SourceUnavailable, 503), (SourceTimeout, 504)]
)
def test_502_503_504_when_the_source_fails(caller, clickhouse, wired, trouble, status):
    def fail(query, **_):
        raise trouble

    with working(clickhouse, wired, kinds_by(fail)):
        answer = asked(caller)
    document = problem(answer, status)
    assert document["code"] == trouble.code
    assert document["request_id"] == answer["X-Request-ID"]
    assert ("Retry-After" in answer) == (status == 503)
    report = Report.objects.get()
    assert answer["Content-Location"] == f"/api/v1/reports/{report.pk}"
    assert get(caller, f"/reports/{report.pk}").json()["status"] == "failed"
