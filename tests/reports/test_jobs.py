"""What doors may do: submit once, share a run, cancel one's own, retry, find only one's own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connections

from reports import jobs, lifecycle, limits, results
from reports.models import Job, Report
from reports.representation import describe_all
from tests.reports.builders import (
    BODY,
    CALM,
    KEEP,
    NOON,
    Result,
    after,
    body,
    claim,
    counts,
    events_of,
    fresh,
    submit,
)
from warehouse.exceptions import Conflict, Gone, InvalidRequest, NotFound
from warehouse.tenancy.models import Organization


def finish(job, now=NOON, **result):
    assert lifecycle.succeed(job, {"result_name": "x"} | result, now=now, keep=KEEP)


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


def test_other_questions_and_other_organizations_run_alone(acme, globex):
    first = submit(acme)
    others = [submit(acme, question="other"), submit(globex)]
    assert len({report.job_id for report in [first, *others]}) == 3


def test_a_forced_one_joins_what_has_not_begun_and_nothing_else(acme):
    first = submit(acme)
    assert submit(acme, force=True).job_id == first.job_id
    claim()
    assert submit(acme).job_id == first.job_id
    anew = submit(acme, force=True)
    assert anew.job_id != first.job_id
    assert submit(acme, force=True).job_id == anew.job_id
    assert submit(acme).job_id == anew.job_id
    claim()
    assert submit(acme, force=True).job_id not in {first.job_id, anew.job_id}


def test_whoever_joins_from_further_in_front_takes_the_run_along(acme):
    bulk = submit(acme, priority=limits.PRIORITIES["bulk"])
    submit(acme, question="other", priority=limits.PRIORITIES["scheduled"])
    submit(acme)
    assert claim().pk == bulk.job_id


def test_a_place_in_the_queue_is_told_and_counts_priorities(acme, globex):
    submit(globex)
    reports = [submit(acme, question=str(number)) for number in range(4)]
    claim(), claim()
    jobs.move_to_front(reports[3].job)
    described = describe_all([fresh(report) for report in reports])
    assert [one["progress"]["queue_position"] for one in described] == [None, 2, 3, 1]


def test_a_deadline_is_the_shortest_of_door_kind_and_organization(acme):
    Organization.objects.filter(pk=acme.pk).update(report_seconds=90)
    acme.refresh_from_db()
    assert submit(acme, timeout_seconds=600).job.timeout_seconds == 90
    kinds = {"query": replace(CALM["query"], seconds=7)}
    hasty = submit(acme, question="other", timeout_seconds=600, kinds=kinds)
    assert hasty.job.timeout_seconds == 7


def test_an_organization_may_ask_for_fewer_rows(acme):
    acme.export_rows = 10
    asked = {"metrics": ["events"], "limit": 11}
    with pytest.raises(InvalidRequest) as told:
        submit(acme, asked=asked, timeout_seconds=600)
    assert [error.field for error in told.value.errors] == ["limit"]
    submit(acme, asked=asked | {"limit": 10}, timeout_seconds=600)


def test_a_deleted_report_goes_with_its_result_and_leaves_the_other_askers(acme):
    first, second = submit(acme), submit(acme)
    with pytest.raises(Conflict):
        jobs.delete(first, now=after(5))
    job = claim()
    stored = results.write(job, Result([[1, 2]]))
    finish(job, after(1), **stored.as_columns())
    jobs.delete(fresh(first), now=after(5))
    assert list(Report.objects.all()) == [second]
    assert results.body(fresh(job)) == BODY
    assert events_of(second) == ["queued", "started", "succeeded"]
    jobs.delete(fresh(second), now=after(5))
    assert counts() == (0, 0)
    with pytest.raises(Gone):
        list(results.stream(stored))


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
