"""`GET /reports/ID`."""

from uuid import UUID

import pytest

from tests.reports.doors import caller_of, finished, get, problem, submitted


def test_a_waiting_report_is_shown(caller):
    report = submitted(caller)
    shown = get(caller, f"/reports/{report['id']}").json()
    assert shown["status"] == "queued"
    assert shown["progress"]["fraction"] < 1
    assert shown["progress"]["queue_position"] == 1
    assert set(shown["links"]) == {"self", "result", "cancel", "retry"}


def test_a_finished_report_says_so(caller, worker, clicks):
    shown = get(caller, f"/reports/{finished(caller)['id']}").json()
    assert shown["status"] == "succeeded"
    assert shown["progress"]["fraction"] == 1
    assert shown["progress"]["rows_read"] == shown["progress"]["rows_total"] > 0
    assert shown["cache"]["tier"] == "none"
    assert shown["cache"]["reason"] == (
        "computed from acquisition_1d: the smallest rollup with all of its fields"
    )
    assert shown["created_at"] <= shown["started_at"] <= shown["finished_at"] < shown["expires_at"]


def test_a_strangers_report_is_not_there(caller, stranger, client, acme):
    report = submitted(caller)
    problem(get(stranger, f"/reports/{report['id']}"), 404)
    problem(get(client, f"/reports/{report['id']}"), 401)
    problem(get(caller_of(acme, ["events:write"]), f"/reports/{report['id']}"), 403)


@pytest.mark.parametrize("report_id", [str(UUID(int=7)), "abc", "0", "%00", "..", "a" * 300])
def test_an_id_that_leads_nowhere_is_not_found(caller, report_id):
    answer = get(caller, f"/reports/{report_id}")
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"


def test_looking_changes_nothing(caller):
    report = submitted(caller)
    first, again = (get(caller, f"/reports/{report['id']}").content for _ in range(2))
    assert first == again
