"""`DELETE /reports/ID`."""

from reports.models import Job, Report
from tests.reports.doors import caller_of, finished, get, post, problem, submitted


def delete(client, report):
    return client.delete(f"/api/v1/reports/{report['id']}")


def test_a_finished_report_goes_with_its_result(caller, worker, clicks):
    report = finished(caller)
    assert b"".join(get(caller, f"/reports/{report['id']}/result").streaming_content)
    answer = delete(caller, report)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(get(caller, f"/reports/{report['id']}"), 404)
    problem(get(caller, f"/reports/{report['id']}/result"), 404)
    problem(delete(caller, report), 404)
    assert (Report.objects.count(), Job.objects.count()) == (0, 0)


def test_what_is_live_must_be_cancelled_first(caller):
    report = submitted(caller)
    assert "cancel" in problem(delete(caller, report), 409)["detail"]
    post(caller, f"/reports/{report['id']}/cancel")
    assert delete(caller, report).status_code == 204


def test_a_stranger_cannot(caller, stranger, client, acme):
    report = submitted(caller)
    post(caller, f"/reports/{report['id']}/cancel")
    problem(delete(stranger, report), 404)
    problem(delete(client, report), 401)
    problem(delete(caller_of(acme, ["reports:read"]), report), 403)
    assert Report.objects.count() == 1
