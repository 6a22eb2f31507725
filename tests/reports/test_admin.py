"""Jobs in the admin: seen by organization, cancelled, asked again, moved to the front."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from reports import jobs, lifecycle
from reports.models import Job, Report
from tests.reports.builders import NOON, after, claim, fresh, submit

pytestmark = pytest.mark.django_db
JOBS = "/admin/reports/job/"
PROBLEM = {"code": "source-error", "detail": "The engine said no."}


def act(client, action, *reports, state="all"):
    form = {"action": action, "_selected_action": [str(report.job_id) for report in reports]}
    return client.post(f"{JOBS}?state={state}", form, follow=True).content.decode()


def test_the_list_shows_what_waits_and_runs_for_whom(admin_client, acme, globex):
    for number in range(3):
        submit(acme, question=str(number))
    submit(globex)
    claim()
    ended = submit(globex, question="over")
    jobs.cancel(ended, now=NOON)
    page = admin_client.get(JOBS).content.decode()
    head = page[page.index('id="queues"') : page.index('id="result_list"')]
    rows = [row.split("<td>")[1:] for row in head.split("<tr>")[2:]]
    assert [[cell.partition("<")[0] for cell in row][1:4] for row in rows] == [
        ["1", "2", "2"],
        ["0", "2", "1"],
    ]
    assert head.index("acme") < head.index("globex")
    assert page.count('class="action-select"') == 4
    assert admin_client.get(f"{JOBS}?state=cancelled").content.count(b'class="action-select"') == 1


def test_a_failed_job_says_why(admin_client, acme):
    report = submit(acme)
    lifecycle.fail(claim(), PROBLEM, now=after(1))
    for page in (f"{JOBS}?state=failed", f"{JOBS}{report.job_id}/change/"):
        assert "source-error: The engine said no." in admin_client.get(page).content.decode()


def test_cancel_ends_it_for_everybody(admin_client, acme):
    first, second, running = submit(acme), submit(acme), submit(acme, question="running")
    jobs.move_to_front(running.job)
    claim()
    assert "Cancelled 2 of 2." in act(admin_client, "cancel", first, running)
    assert {fresh(first).status, fresh(second).status} == {"cancelled"}
    assert fresh(running.job).cancel_requested_at
    assert "Cancelled 0 of 1." in act(admin_client, "cancel", first)


def test_retry_asks_all_its_reports_again(admin_client, acme):
    first, second = submit(acme), submit(acme)
    lifecycle.fail(claim(), PROBLEM, now=after(1))
    assert "Queued 1 of 1." in act(admin_client, "retry", first)
    assert fresh(first).status == fresh(second).status == "queued"
    assert fresh(first).job_id == fresh(second).job_id != first.job_id
    assert "Queued 0 of 1." in act(admin_client, "retry", first)


def test_move_to_front_lets_a_job_go_first(admin_client, acme):
    submit(acme)
    last = submit(acme, question="last")
    assert "Moved 1 of 1." in act(admin_client, "move_to_front", last)
    assert claim().pk == last.job_id
    assert "Moved 0 of 1." in act(admin_client, "move_to_front", last)


def test_the_log_has_what_was_done_and_nothing_that_was_not(admin_client, acme):
    first, second = submit(acme), submit(acme, question="other")
    jobs.cancel(second, now=NOON)
    for action in ("move_to_front", "cancel", "cancel", "retry", "retry"):
        act(admin_client, action, first, second)
    told = LogEntry.objects.order_by("pk").values_list("object_id", "change_message")
    assert list(told) == [
        (str(first.job_id), "Moved."),
        (str(first.job_id), "Cancelled."),
        (str(second.job_id), "Queued."),
        (str(first.job_id), "Queued."),
    ]


def test_an_action_that_is_refused_is_told_and_not_in_the_log(admin_client, acme):
    report = submit(acme)
    lifecycle.fail(claim(), PROBLEM, now=after(1))
    Report.objects.update(request={"metrics": ["nonsense"]})
    page = act(admin_client, "retry", report)
    assert f"Job {report.job_id}: " in page
    assert "Queued 0 of 1." in page
    assert not LogEntry.objects.exists()


def test_nothing_is_edited_added_or_deleted(admin_client, acme):
    report = submit(acme)
    assert admin_client.get(f"{JOBS}add/").status_code == 403
    assert admin_client.post(f"{JOBS}{report.job_id}/delete/").status_code == 403
    admin_client.post(f"{JOBS}{report.job_id}/change/", {"state": "succeeded"})
    assert fresh(report.job).state == "queued"


def test_whoever_may_only_look_cannot_cancel(client, acme, django_user_model):
    report = submit(acme)
    looker = django_user_model.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(looker)
    assert client.get(JOBS).status_code == 200
    act(client, "cancel", report)
    assert Job.objects.get().state == "queued"
