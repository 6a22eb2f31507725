"""`POST /reports/ID/retry`."""

from reports.models import Job
from tests.reports.doors import caller_of, get, post, problem, submitted


def cancelled(caller):
    report = submitted(caller)
    post(caller, f"/reports/{report['id']}/cancel")
    return report


def test_a_cancelled_report_is_queued_again_under_its_id(caller):
    report = cancelled(caller)
    answer = post(caller, f"/reports/{report['id']}/retry")
    assert answer.status_code == 202
    assert answer["Location"] == report["links"]["self"]
    assert get(caller, f"/reports/{report['id']}").json()["status"] == "queued"
    assert Job.objects.count() == 2


def test_a_repeat_under_the_same_key_queues_once(caller):
    report = cancelled(caller)
    answers = [post(caller, f"/reports/{report['id']}/retry", Idempotency_Key="k") for _ in "ab"]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert Job.objects.count() == 2


def test_a_report_under_way_cannot_be_retried(caller):
    report = submitted(caller)
    problem(post(caller, f"/reports/{report['id']}/retry"), 409)


def test_a_stranger_cannot(caller, stranger, client, acme):
    address = f"/reports/{cancelled(caller)['id']}/retry"
    problem(post(stranger, address), 404)
    problem(post(client, address), 401)
    problem(post(caller_of(acme, ["reports:read"]), address), 403)


def test_a_body_has_no_fields(caller):
    report = cancelled(caller)
    problem(post(caller, f"/reports/{report['id']}/retry", {"again": 1}), 400)
