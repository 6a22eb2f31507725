"""Which job is next: the fairest due one, taken by one worker only."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.db import connections

from reports import dispatch, jobs, lifecycle, results
from reports.models import Job
from tests.reports.builders import LEASE, NOON, after, claim, fresh, submit


def test_the_oldest_is_first(acme):
    asked = [submit(acme, question=str(number)).job_id for number in range(3)]
    assert [claim().pk for _ in range(3)] == asked
    assert claim() is None


def test_organizations_take_turns(acme, globex):
    for number in range(5):
        submit(acme, question=str(number))
    submit(globex)
    assert claim().organization_id == acme.pk
    assert claim().organization_id == globex.pk
    assert claim().organization_id == acme.pk


def test_priority_goes_before_turns(acme, globex):
    submit(globex)
    urgent = submit(acme)
    Job.objects.filter(pk=urgent.job_id).update(priority=5)
    assert claim().pk == urgent.job_id


def test_a_claim_gives_lease_owner_and_attempt_and_says_whether_there_is_more(acme):
    submit(acme)
    submit(acme, question="other")
    owner = uuid4()
    found = dispatch.claim(queue="reports", owner=owner, now=NOON, lease_seconds=LEASE)
    assert found is not None
    job = fresh(found.job)
    assert found.more
    assert (job.state, job.owner, job.attempt, job.lease_until) == (
        "running",
        owner,
        1,
        after(LEASE),
    )
    last = dispatch.claim(queue="reports", owner=owner, now=NOON, lease_seconds=LEASE)
    assert last is not None
    assert not last.more


def test_jobs_of_another_queue_or_not_yet_due_are_left(acme):
    submit(acme)
    lifecycle.hand_back(claim(), now=NOON, wait=5, failed=True)
    assert not dispatch.due("reports", after(4.9))
    assert claim(after(4.9)) is None
    assert dispatch.due("reports", after(5))
    assert dispatch.claim(queue="bulk", owner=uuid4(), now=after(5), lease_seconds=LEASE) is None
    assert claim(after(5)) is not None


def test_a_worker_that_is_alone_takes_over_at_once(acme):
    report = submit(acme)
    claim()
    assert dispatch.reap_all(now=after(0.1)) == 1
    assert fresh(report).status == "queued"
    assert fresh(report.job).deaths == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_dead_worker_has_stored_goes_with_it(acme, wanted):
    report = submit(acme)
    job = claim()
    half = results.write(job, iter([b"half"]), rows=lambda: 0)
    if not wanted:
        jobs.cancel(report, now=after(1))
    assert dispatch.reap(now=after(LEASE - 1)) == 0
    assert storages["results"].exists(half.name)
    assert dispatch.reap(now=after(LEASE)) == 1
    assert fresh(report).status == ("queued" if wanted else "cancelled")
    assert not storages["results"].exists(half.name)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_each_job(acme):
    asked = {submit(acme, question=str(number)).job_id for number in range(20)}

    def take(_):
        try:
            taken = []
            while job := claim():
                taken.append(job.pk)
            return taken
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        taken = [pk for found in pool.map(take, range(6)) for pk in found]
    assert len(taken) == len(asked)
    assert set(taken) == asked
