"""Which job is next: the fairest due one, for one worker only, within its organization's limit."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from uuid import uuid4

import pytest
from django.db import connections

from reports import dispatch, jobs, lifecycle, limits, results
from reports.models import Job
from reports.stores import store
from tests.reports.builders import KEEP, LEASE, NOON, Result, after, claim, fresh, submit, worker
from warehouse.tenancy.models import Organization

RESULT = {"result_name": "r"}


def due(now, queue="reports", **how):
    return dispatch.due(queue=queue, worker=worker(**how), now=now)


def run(now=NOON, **how):
    """Claim one job and end it; returns its organization."""
    job = claim(now, **how)
    assert lifecycle.succeed(job, RESULT, now=now, keep=KEEP)
    return job.organization_id


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


def test_organizations_take_turns_at_a_single_slot_too(acme, globex):
    for number in range(5):
        submit(acme, question=str(number))
    assert run(after(1)) == acme.pk
    submit(globex, now=after(1.5))
    submit(globex, now=after(1.5), question="other")
    served = [run(after(2 + number)) for number in range(4)]
    assert served == [globex.pk, acme.pk, globex.pk, acme.pk]


def test_of_many_organizations_each_gets_its_turn(db):
    crowd = [Organization.objects.create(slug=f"o{n}", name="O") for n in range(12)]
    for organization in crowd:
        for number in range(3):
            submit(organization, question=str(number))
    served = [run(after(number)) for number in range(36)]
    for round_ in range(3):
        assert set(served[round_ * 12 : round_ * 12 + 12]) == {one.pk for one in crowd}


def test_priority_goes_before_turns(acme, globex):
    submit(globex)
    urgent = submit(acme)
    assert jobs.move_to_front(urgent.job)
    assert claim().pk == urgent.job_id


def test_interactive_goes_before_scheduled_before_bulk(acme, globex):
    asked = {
        name: submit(organization, question=name, priority=limits.PRIORITIES[name]).job_id
        for organization, name in ((acme, "bulk"), (globex, "scheduled"), (acme, "interactive"))
    }
    order = [claim().pk for _ in range(3)]
    assert order == [asked[name] for name in ("interactive", "scheduled", "bulk")]


def test_what_has_waited_long_goes_with_the_interactive(acme):
    bulk = submit(acme, question="bulk", priority=limits.PRIORITIES["bulk"])
    late = NOON + limits.PATIENCE
    submit(acme, question="new", now=late)
    assert dispatch.raise_patient(now=late - after(1) + NOON) == 0
    assert dispatch.raise_patient(now=late) == 1
    assert claim(late).pk == bulk.job_id


def test_an_organization_runs_no_more_than_its_limit(acme, globex):
    for number in range(3):
        submit(acme, question=str(number))
    assert [claim(at_once=2) is not None for _ in range(3)] == [True, True, False]
    assert not due(NOON, at_once=2)
    submit(globex)
    assert claim(at_once=2).organization_id == globex.pk
    Organization.objects.filter(pk=acme.pk).update(jobs_at_once=3)
    assert due(NOON, at_once=2)
    assert claim(at_once=2).organization_id == acme.pk


def test_a_claim_gives_lease_owner_and_attempt(acme):
    submit(acme)
    owner = uuid4()
    job = fresh(claim(owner=owner))
    assert (job.state, job.owner, job.attempt) == ("running", owner, 1)
    assert job.lease_until == after(LEASE)


def test_jobs_of_another_queue_or_not_yet_due_are_left(acme):
    submit(acme)
    lifecycle.hand_back(claim(), now=NOON, wait=5, failed=True)
    assert not due(after(4.9))
    assert claim(after(4.9)) is None
    assert due(after(5))
    assert not due(after(5), queue="bulk")
    assert claim(after(5)) is not None


def test_a_clock_that_was_put_back_delays_nothing(acme):
    submit(acme)
    submit(acme, question="other")
    assert dispatch.reap(now=NOON, lease_seconds=LEASE) == 0
    assert lifecycle.hand_back(claim(), now=NOON, wait=5, failed=True)
    claim()
    before = after(-3600)
    assert claim(before) is not None
    assert dispatch.reap(now=before, lease_seconds=LEASE) == 1
    assert claim(before) is not None


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
    half = results.write(job, Result([[1]]))
    if not wanted:
        jobs.cancel(report, now=after(1))
    assert dispatch.reap(now=after(LEASE - 1), lease_seconds=LEASE) == 0
    assert store().exists(half.name)
    assert dispatch.reap(now=after(LEASE), lease_seconds=LEASE) == 1
    assert fresh(report).status == ("queued" if wanted else "cancelled")
    assert not store().exists(half.name)


def test_what_the_next_attempt_stores_is_left_alone(acme):
    submit(acme)
    dead = claim()
    assert lifecycle.reap(dead, now=after(LEASE))
    second = results.write(claim(after(LEASE)), Result([[1]]))
    results.discard_attempts(dead, f"{dead.attempt}.")
    assert store().exists(second.name)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at_once", [3, 100])
def test_of_many_workers_one_gets_each_job_and_the_limit_holds(acme, globex, monkeypatch, at_once):
    monkeypatch.setattr(dispatch, "_CLAIMING", defaultdict(nullcontext))
    asked = {submit(acme, question=str(number)).job_id for number in range(15)}
    asked |= {submit(globex, question=str(number)).job_id for number in range(15)}

    def take(_):
        try:
            taken = []
            while job := claim(at_once=at_once):
                taken.append(job.pk)
            return taken
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        taken = [pk for found in pool.map(take, range(6)) for pk in found]
    assert len(taken) == len(set(taken))
    assert set(taken) <= asked
    running = Job.objects.filter(state="running")
    for organization in (acme, globex):
        assert running.filter(organization=organization).count() == min(15, at_once)
