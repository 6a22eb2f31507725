"""What doors may do: submit once, share a run, cancel one's own, retry, find only one's own."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections

from reports import jobs, lifecycle
from reports.models import Job, Report
from tests.reports.builders import KEEP, NOON, after, body, claim, counts, events_of, fresh, submit
from warehouse.exceptions import Conflict, InvalidRequest, NotFound


def finish(job, now=NOON):
    assert lifecycle.succeed(job, {"result_name": "x"}, now=now, keep=KEEP)


def test_submit_commits_a_queued_report_and_its_job(acme):
    report = submit(acme, now=after(3))
    assert (report.status, report.kind, report.created_at) == ("queued", "query", after(3))
    assert report.request == body("q")
    assert (report.job.state, report.job.timeout_seconds) == ("queued", 30)
    assert events_of(report) == ["queued"]


def test_submit_refuses_an_unknown_kind_and_bad_fields(acme):
    with pytest.raises(InvalidRequest) as refused:
        jobs.submit(
            kind="qurey",
            body={},
            tenant=acme.as_tenant(),
            subject="key:1",
            now=NOON,
            timeout_seconds=30,
        )
    assert refused.value.errors[0].field == "kind"
    with pytest.raises(InvalidRequest):
        jobs.submit(
            kind="query",
            body={"metrics": ["nonsense"]},
            tenant=acme.as_tenant(),
            subject="key:1",
            now=NOON,
            timeout_seconds=30,
        )
    assert counts() == (0, 0)


def test_identical_questions_share_one_run_while_it_is_live(acme):
    first, second = submit(acme), submit(acme)
    assert first.pk != second.pk
    assert first.job_id == second.job_id
    job = claim()
    third = submit(acme)
    assert (third.status, third.job_id) == ("running", job.pk)
    finish(job)
    assert {fresh(r).status for r in (first, second, third)} == {"succeeded"}
    assert submit(acme).job_id != job.pk


def test_other_questions_other_organizations_and_forced_ones_run_alone(acme, globex):
    first = submit(acme)
    others = [submit(acme, question="other"), submit(globex), submit(acme, force=True)]
    assert len({report.job_id for report in [first, *others]}) == 4


def test_whoever_joins_with_more_time_gives_it_to_the_run(acme):
    first = submit(acme)
    submit(acme, timeout_seconds=600)
    submit(acme, timeout_seconds=30)
    assert fresh(first.job).timeout_seconds == 600


@pytest.mark.django_db(transaction=True)
def test_one_question_asked_fifty_times_at_once_is_one_run(acme):
    def ask(_):
        try:
            return submit(acme)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(ask, range(50)))
    assert counts() == (1, 50)


def test_cancel_of_a_queued_report_ends_its_job_too(acme):
    report = jobs.cancel(submit(acme), now=after(1))
    assert (report.status, report.finished_at) == ("cancelled", after(1))
    assert report.job.state == "cancelled"
    assert claim() is None


def test_cancel_of_one_of_two_askers_lets_the_other_have_the_answer(acme):
    first, second = submit(acme), submit(acme)
    job = claim()
    assert jobs.cancel(first, now=after(1)).status == "cancelled"
    assert fresh(job).cancel_requested_at is None
    finish(job, after(2))
    assert fresh(second).status == "succeeded"
    assert events_of(first) == ["queued", "started", "cancelled"]


def test_cancel_of_the_last_asker_waits_for_the_engine(acme):
    first, second = submit(acme), submit(acme)
    job = claim()
    jobs.cancel(first, now=after(1))
    report = jobs.cancel(second, now=after(2))
    assert (report.status, report.job.cancel_requested_at) == ("running", after(2))
    assert not lifecycle.succeed(job, {}, now=after(3), keep=KEEP)
    assert lifecycle.confirm_cancel(job, now=after(3))
    assert fresh(second).status == "cancelled"


def test_nobody_joins_a_run_that_is_being_cancelled(acme):
    report = submit(acme)
    job = claim()
    jobs.cancel(report, now=after(1))
    assert submit(acme).job_id != job.pk


def test_cancel_again_changes_nothing(acme):
    report = jobs.cancel(submit(acme), now=after(1))
    assert jobs.cancel(report, now=after(9)).finished_at == after(1)
    assert events_of(report) == ["queued", "cancelled"]


def test_retry_runs_the_report_again_under_its_id(acme):
    report = submit(acme)
    lifecycle.fail(claim(), {"code": "source-error"}, now=after(1))
    again = jobs.retry(fresh(report), now=after(2))
    assert (again.pk, again.status, again.error, again.finished_at) == (
        report.pk,
        "queued",
        None,
        None,
    )
    assert again.job_id != report.job_id
    finish(claim(after(3)), after(3))
    assert fresh(report).status == "succeeded"
    assert events_of(report) == ["queued", "started", "failed", "queued", "started", "succeeded"]


def test_retry_twice_queues_once(acme):
    report = jobs.cancel(submit(acme), now=after(1))
    stale = fresh(report)
    jobs.retry(report, now=after(2))
    with pytest.raises(Conflict):
        jobs.retry(stale, now=after(2))
    assert Job.objects.filter(state="queued").count() == 1


def test_retry_of_a_live_report_is_refused(acme):
    report = submit(acme)
    with pytest.raises(Conflict):
        jobs.retry(report, now=NOON)
    claim()
    with pytest.raises(Conflict):
        jobs.retry(fresh(report), now=NOON)


def test_find_knows_only_ones_own(acme, globex):
    report = submit(acme)
    assert jobs.find(report.pk, acme.as_tenant()).pk == report.pk
    for wanted, tenant in (
        (report.pk, globex.as_tenant()),
        (uuid4(), acme.as_tenant()),
        ("no-uuid", acme.as_tenant()),
    ):
        with pytest.raises(NotFound):
            jobs.find(wanted, tenant)


def test_recent_filters_and_never_shows_others(acme, globex):
    submit(globex)
    early, late = submit(acme), submit(acme, question="late", now=after(60))
    jobs.cancel(early, now=after(61))
    tenant = acme.as_tenant()

    def found(**filters):
        return [report.pk for report in jobs.recent(tenant, **filters)]

    assert found() == [late.pk, early.pk]
    assert found(statuses=["cancelled"]) == [early.pk]
    assert found(kinds=["traffic"]) == []
    assert found(created_after=NOON) == [late.pk]
    assert found(created_before=after(60)) == [early.pk]
    assert Report.objects.count() == 3
