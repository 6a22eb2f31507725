"""`POST /reports`."""

import pytest

from reports.models import Job, Report
from tests.reports.doors import (
    QUERY,
    asked,
    bad_fields,
    caller_of,
    post,
    problem,
    submitted,
)

BODY = {"kind": "query", "request": QUERY}


def test_a_report_is_always_for_later(caller, worker, clicks):
    asked(caller)
    answer = post(caller, "/reports", BODY, Prefer="wait=30")
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/v1/reports/{answer.json()['id']}"
    assert answer["Retry-After"]


def test_a_report_may_ask_for_more_and_run_longer(caller):
    submitted(caller, {**QUERY, "limit": 5_000_000})
    assert Job.objects.get().timeout_seconds == 600
    assert "request.limit" in bad_fields(
        post(caller, "/reports", {"kind": "query", "request": {"limit": 5_000_001}})
    )


def test_a_report_gives_way_to_questions_and_may_give_way_to_all(caller):
    post(caller, "/analytics/query", QUERY, Prefer="respond-async")
    submitted(caller, {**QUERY, "limit": 7})
    bulk = {"kind": "query", "request": {**QUERY, "limit": 9}, "priority": "bulk"}
    answer = post(caller, "/reports", bulk)
    assert answer.status_code == 202
    submitted(caller, {**QUERY, "limit": 8})
    order = Job.objects.order_by("-priority", "pk").values_list("pk", flat=True)
    first = Job.objects.order_by("pk").first()
    assert first is not None
    assert [pk - first.pk for pk in order] == [0, 1, 3, 2]
    for wrong in ("interactive", "front", None, 5, ["bulk"]):
        said = bad_fields(post(caller, "/reports", {**BODY, "priority": wrong}))
        assert set(said) == {"priority"}


def test_a_repeat_under_the_same_key_is_the_same_report(caller):
    first, again = (post(caller, "/reports", BODY, Idempotency_Key="one") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert again["Location"] == first["Location"]
    assert Report.objects.count() == 1


def test_a_key_belongs_to_its_organization(caller, stranger):
    post(caller, "/reports", BODY, Idempotency_Key="one")
    assert post(stranger, "/reports", BODY, Idempotency_Key="one").status_code == 202
    assert Report.objects.count() == 2


def test_a_key_used_with_another_body_is_refused(caller):
    post(caller, "/reports", BODY, Idempotency_Key="one")
    other = {"kind": "traffic", "request": {}}
    problem(post(caller, "/reports", other, Idempotency_Key="one"), 422)
    problem(post(caller, "/reports", BODY, Idempotency_Key="x" * 256), 400)


def test_a_stranger_is_refused(caller, client, acme):
    problem(post(client, "/reports", BODY), 401)
    reader = caller_of(acme, ["reports:read"])
    assert "reports:write" in problem(post(reader, "/reports", BODY), 403)["detail"]
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "querry"}, "kind"),
        ({"kind": 7}, "kind"),
        ({"kind": ["query"]}, "kind"),
        ({"kind": "query", "request": []}, "request"),
        ({"kind": "query", "request": {"metrics": ["clickz"]}}, "request.metrics[0]"),
        ({"kind": "traffic", "request": {"breakdown": "sauce"}}, "request.breakdown"),
        ({"kind": "query", "requests": {}}, "requests"),
        ({"kind": "query", "organization_id": "x"}, "organization_id"),
    ],
)
def test_a_bad_field_is_refused_by_its_path(caller, body, field):
    assert field in bad_fields(post(caller, "/reports", body))
    assert Report.objects.count() == 0
