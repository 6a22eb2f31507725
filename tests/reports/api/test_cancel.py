"""`POST /reports/ID/cancel`."""

from reports.models import Job
from tests.reports.doors import (
    bad_fields,
    caller_of,
    finished,
    get,
    post,
    problem,
    submitted,
)


def test_a_waiting_report_is_cancelled(caller):
    report = submitted(caller)
    answer = post(caller, f"/reports/{report['id']}/cancel")
    assert answer.status_code == 202
    assert answer["Location"] == report["links"]["self"]
    assert get(caller, f"/reports/{report['id']}").json()["status"] == "cancelled"


def test_cancelling_twice_is_cancelling_once(caller):
    report = submitted(caller)
    first = post(caller, f"/reports/{report['id']}/cancel")
    again = post(caller, f"/reports/{report['id']}/cancel")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["finished_at"] == first.json()["finished_at"]


def test_anothers_report_of_the_same_question_goes_on(caller):
    mine, yours = submitted(caller), submitted(caller)
    post(caller, f"/reports/{mine['id']}/cancel")
    assert get(caller, f"/reports/{yours['id']}").json()["status"] == "queued"
    assert Job.objects.get().state == "queued"


def test_a_finished_report_cannot_be_cancelled(caller, worker, clicks):
    report = finished(caller)
    problem(post(caller, f"/reports/{report['id']}/cancel"), 409)
    assert get(caller, f"/reports/{report['id']}").json()["status"] == "succeeded"


def test_a_stranger_cannot(caller, stranger, client, acme):
    address = f"/reports/{submitted(caller)['id']}/cancel"
    problem(post(stranger, address), 404)
    problem(post(client, address), 401)
    problem(post(caller_of(acme, ["reports:read"]), address), 403)
    assert Job.objects.get().state == "queued"


def test_a_body_has_no_fields(caller):
    report = submitted(caller)
    said = bad_fields(post(caller, f"/reports/{report['id']}/cancel", {"force": True}))
    assert set(said) == {"force"}


def test_no_body_is_needed(caller):
    address = f"/api/v1/reports/{submitted(caller)['id']}/cancel"
    assert caller.generic("POST", address).status_code == 202
