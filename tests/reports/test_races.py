"""Two at once on one report: whichever comes first, nobody waits for ever and nothing is lost."""

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from django.db import connections, transaction

from reports import dispatch, expiry, jobs, lifecycle, results
from reports.exports import orders
from reports.formats import FORMATS
from reports.models import Job, Report
from tests.reports.builders import KEEP, after, claim, counts, fresh, submit
from tests.reports.meddling import PATIENCE, before, meanwhile, two_writers
from tests.reports.results import TRICKY, stored_job
from warehouse.exceptions import Conflict, NotFound

pytestmark = pytest.mark.django_db(transaction=True)
CSV = FORMATS["csv"]


def cancelled(organization, question="q"):
    return fresh(jobs.cancel(submit(organization, question=question), now=after(1)))


@two_writers
def test_a_report_that_is_tried_again_meanwhile_is_not_deleted(acme):
    report = cancelled(acme)
    with transaction.atomic():
        jobs.retry(fresh(report), now=after(2))
        deleting = meanwhile(lambda: jobs.delete(report, now=after(3)))
    with pytest.raises(Conflict):
        deleting.result(PATIENCE)
    assert fresh(report).status == "queued"
    assert claim(after(3)).pk == fresh(report).job_id


@two_writers
def test_a_report_that_is_deleted_meanwhile_is_not_tried_again(acme):
    report = cancelled(acme)
    with transaction.atomic():
        jobs.delete(fresh(report), now=after(2))
        retrying = meanwhile(lambda: jobs.retry(report, now=after(3)))
    with pytest.raises(Conflict):
        retrying.result(PATIENCE)
    assert counts() == (0, 0)


@two_writers
def test_who_deletes_what_is_just_deleted_is_told_that_it_is_not_there(acme):
    first, _ = submit(acme), submit(acme)
    jobs.cancel(first, now=after(1))
    with transaction.atomic():
        jobs.delete(fresh(first), now=after(2))
        deleting = meanwhile(lambda: jobs.delete(first, now=after(3)))
    with pytest.raises(NotFound):
        deleting.result(PATIENCE)


def test_of_retry_and_deletion_at_once_one_happens(acme):
    reports = [cancelled(acme, str(number)) for number in range(10)]
    acted = list(zip(reports, at_once(reports, jobs.retry, jobs.delete), strict=True))
    for report, (retried, deleted) in acted:
        assert retried != deleted
        assert Report.objects.filter(pk=report.pk).exists() is retried
    alive = [report.pk for report, (retried, _) in acted if retried]
    assert set(Report.objects.filter(status="queued").values_list("pk", flat=True)) == set(alive)
    assert Job.objects.filter(state="queued").count() == len(alive)


def at_once(reports, *acts):
    """Do each act to each report, all of a report at the same moment; return which were let."""
    together = threading.Barrier(len(acts), timeout=PATIENCE)

    def do(act):
        let = []
        try:
            for report in reports:
                mine = jobs.find(report.pk, report.organization.as_tenant())
                together.wait()
                let.append(False)
                with suppress(Conflict, NotFound):
                    act(mine, now=after(2))
                    let[-1] = True
                together.wait()
        finally:
            connections.close_all()
        return let

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(zip(*pool.map(do, acts), strict=True))


def leaving(organization):
    report = submit(organization)
    submit(organization)
    return claim(), lambda: jobs.cancel(report, now=after(2))


def cancelling(organization):
    report = submit(organization)
    return claim(), lambda: jobs.cancel(report, now=after(2))


def ending(organization):
    submit(organization)
    job = claim()
    return job, lambda: lifecycle.succeed(job, {}, now=after(2), keep=KEEP)


def deleting(organization):
    job = stored_job(organization, TRICKY)
    return job, lambda: jobs.delete(job.reports.get(), now=after(2))


def purging(organization):
    job = cancelled(organization).job
    return job, lambda: expiry.purge(before=after(2))


def naming(organization):
    job = stored_job(organization, TRICKY)
    return job, lambda: results.provide(job, "csv")


@two_writers
@pytest.mark.parametrize("locks", [leaving, cancelling, ending, deleting, purging, naming])
def test_a_job_is_locked_before_its_reports(acme, locks):
    job, act = locks(acme)
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        acting = meanwhile(act)
        assert not acting.done()
        assert list(Report.objects.select_for_update(nowait=True).filter(job=job))
    acting.result(PATIENCE)


@two_writers
def test_a_job_that_is_handed_back_while_it_is_cancelled_does_not_run_again(acme):
    submit(acme)
    job = claim()
    handing = []

    def hand_back():
        handing.append(meanwhile(lambda: lifecycle.hand_back(fresh(job), now=after(1))))

    with before(('SET "cancel_requested_at"', hand_back)):
        assert jobs.cancel_job(job, now=after(1))
    assert handing[0].result(PATIENCE)
    assert fresh(job).state == "cancelled"


@two_writers
def test_whoever_forgets_a_job_that_has_just_ended_and_gone_is_content(acme):
    job = submit(acme).job
    Report.objects.all().delete()
    with before(("FOR UPDATE", lambda: meanwhile(Job.objects.all().delete).result(PATIENCE))):
        jobs.forget(job.pk, now=after(1))
    assert counts() == (0, 0)


def test_one_format_ordered_many_times_at_once_is_made_by_one_job(acme):
    source = stored_job(acme, TRICKY)
    together = threading.Barrier(4, timeout=PATIENCE)

    def order(_):
        try:
            together.wait()
            ordered = orders.order(source, CSV, now=after(2))
            return ordered and ordered.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(order, range(4))) == {Job.objects.get(kind=orders.KIND).pk}


@two_writers
def test_an_order_that_would_join_a_job_that_has_just_ended_is_a_job_of_its_own(acme):
    source = stored_job(acme, TRICKY)
    other: list[Job] = []

    def order():
        return orders.order(source, CSV, now=after(2))

    def end():
        assert lifecycle.drop_queued(other[0], now=after(2))

    steps = (
        ("INSERT", lambda: other.append(meanwhile(order).result(PATIENCE))),
        ('FROM "reports_job"', lambda: meanwhile(end).result(PATIENCE)),
    )
    with before(*steps):
        mine = order()
    assert (mine.state, fresh(other[0]).state) == ("queued", "cancelled")
    assert mine != other[0]


@two_writers
def test_the_last_place_of_an_organization_is_given_once(acme, monkeypatch):
    """Another worker takes another job of it between this one's look and its turn."""
    monkeypatch.setattr(dispatch, "_CLAIMING", defaultdict(nullcontext))
    submit(acme, question="first")
    second = submit(acme, question="second")

    def take_the_second():
        jobs.move_to_front(second.job)
        return claim(at_once=1)

    taken: list[Any] = []

    def meanwhile_taken():
        taken.append(meanwhile(take_the_second).result(PATIENCE))

    with before(("INTO reports_turn", meanwhile_taken)):
        assert claim(at_once=1) is None
    assert [job.pk for job in taken] == [second.job_id]
    assert Job.objects.filter(state="running").count() == 1


@two_writers
def test_a_stale_cancel_against_a_claim_waits_for_nobody_that_waits_for_it(acme):
    report = cancelled(acme)
    claims: list[Any] = []
    with before(
        # The cancel locks the job that it knows; then the report is put to another job,
        ("FOR UPDATE", lambda: None),
        ("FOR UPDATE", lambda: meanwhile(lambda: jobs.retry(fresh(report), now=after(2)))),
        # which a worker starts while the cancel looks again.
        ("FOR UPDATE", lambda: claims.append(meanwhile(lambda: claim(after(3))))),
    ):
        jobs.cancel(report, now=after(4))
    started = claims[0].result(PATIENCE)
    assert started.pk == fresh(report).job_id
    assert fresh(started).cancel_requested_at == after(4)
