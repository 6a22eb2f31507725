"""Moves of jobs and reports: legal ones happen once and are told, others change nothing."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connections, transaction

from reports import dispatch, jobs, journal, lifecycle
from reports.models import Job, Report, ReportEvent
from tests.reports.builders import KEEP, LEASE, NOON, after, claim, events_of, fresh, submit
from warehouse.exceptions import Conflict

RESULT = {"result_name": "somewhere", "cache": {"tier": "none"}}
PROBLEM = {"code": "source-error", "status": 502}
MOVES = {
    "running": lambda job: lifecycle.start(
        job, owner=uuid4(), now=NOON, lease_seconds=LEASE, most=1
    ),
    "succeeded": lambda job: lifecycle.succeed(job, RESULT, now=NOON, keep=KEEP),
    "failed": lambda job: lifecycle.fail(job, PROBLEM, now=NOON),
    "queued": lambda job: lifecycle.hand_back(job, now=NOON),
}


@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
@pytest.mark.parametrize("target", sorted(MOVES))
def test_a_worker_can_make_only_legal_moves(acme, state, target):
    report = submit(acme)
    job = report.job if state == "queued" else claim()
    if state not in {"queued", "running"}:
        Job.objects.filter(pk=job.pk).update(state=state)
        Report.objects.update(status=state)
    told = events_of(report)
    allowed = {"queued": {"running"}, "running": {"queued", "succeeded", "failed"}}.get(state, ())
    assert MOVES[target](job) is (target in allowed)
    if target not in allowed:
        assert fresh(job).state == state
        assert fresh(report).status == state
        assert events_of(report) == told


def test_a_report_is_told_of_each_step_to_its_result(acme):
    report = submit(acme)
    job = claim(after(1))
    assert lifecycle.succeed(job, RESULT, now=after(2), keep=KEEP)
    report = fresh(report)
    assert events_of(report) == ["queued", "started", "succeeded"]
    assert (report.status, report.cache) == ("succeeded", {"tier": "none"})
    assert (report.started_at, report.finished_at) == (after(1), after(2))
    assert report.expires_at == after(2) + KEEP
    assert (fresh(job).result_name, fresh(job).fraction) == ("somewhere", 1.0)


def test_the_problem_of_a_failed_job_is_its_reports(acme):
    report = submit(acme)
    assert lifecycle.fail(claim(), PROBLEM, now=after(1))
    assert (fresh(report).status, fresh(report).error) == ("failed", PROBLEM)
    assert events_of(report) == ["queued", "started", "failed"]


def test_an_attempt_that_was_overtaken_changes_nothing(acme):
    report = submit(acme)
    old = claim()
    assert dispatch.reap(now=after(LEASE), lease_seconds=LEASE) == 1
    new = claim(after(LEASE))
    assert new.attempt == 2
    late = after(LEASE + 1)
    assert not lifecycle.succeed(old, RESULT, now=late, keep=KEEP)
    assert not lifecycle.fail(old, PROBLEM, now=late)
    assert not lifecycle.hand_back(old, now=late)
    assert not lifecycle.confirm_cancel(old, now=late)
    assert fresh(report).status == "running"
    assert lifecycle.succeed(new, RESULT | {"result_name": "new"}, now=late, keep=KEEP)
    assert fresh(new).result_name == "new"


def test_a_worker_frozen_past_its_lease_cannot_finish_even_untaken(acme):
    report = submit(acme)
    job = claim()
    assert not lifecycle.succeed(job, RESULT, now=after(LEASE), keep=KEEP)
    assert not lifecycle.fail(job, PROBLEM, now=after(LEASE + 100))
    assert fresh(report).status == "running"
    assert lifecycle.succeed(job, RESULT, now=after(LEASE - 0.001), keep=KEEP)


def test_a_job_whose_lease_was_renewed_since_it_was_read_is_not_taken_away(acme):
    submit(acme)
    read = claim()
    Job.objects.update(lease_until=after(2 * LEASE))
    assert not lifecycle.reap(read, now=after(LEASE))
    assert fresh(read).state == "running"


def test_a_job_that_was_tried_since_it_was_read_is_not_started(acme):
    submit(acme)
    read = Job.objects.get()
    assert lifecycle.hand_back(claim(), now=after(1))
    assert not lifecycle.start(read, owner=uuid4(), now=after(2), lease_seconds=LEASE, most=1)
    assert fresh(read).state == "queued"


def test_a_lease_ends_when_its_time_has_come_and_not_before(acme):
    report = submit(acme)
    claim()
    assert dispatch.reap(now=after(LEASE - 0.001), lease_seconds=LEASE) == 0
    assert dispatch.reap(now=after(LEASE), lease_seconds=LEASE) == 1
    assert fresh(report).status == "queued"
    assert events_of(report) == ["queued", "started", "queued"]


def test_a_job_that_took_three_workers_with_it_is_given_up(acme):
    report = submit(acme)
    for death in range(3):
        at = after(death * 100)
        assert claim(at) is not None
        assert dispatch.reap(now=after(death * 100 + LEASE), lease_seconds=LEASE) == 1
    report = fresh(report)
    assert (report.status, report.error["code"]) == ("failed", "job-poisoned")
    assert "three workers" in report.error["detail"]
    assert claim(after(1000)) is None


def test_handing_back_is_no_death_and_no_failure(acme):
    submit(acme)
    for round_ in range(5):
        job = claim(after(round_))
        assert lifecycle.hand_back(job, now=after(round_))
    job = fresh(job)
    assert (job.state, job.attempt, job.deaths, job.failures) == ("queued", 5, 0, 0)


def test_a_dead_workers_job_that_was_to_be_cancelled_is_cancelled(acme):
    report = submit(acme)
    claim()
    jobs.cancel(report, now=after(1))
    dispatch.reap(now=after(LEASE), lease_seconds=LEASE)
    assert fresh(report).status == "cancelled"


def test_a_job_that_is_to_be_cancelled_since_it_was_read_is_not_queued_again(acme):
    report = submit(acme)
    read = claim()
    jobs.cancel(report, now=after(1))
    assert not lifecycle.reap(read, now=after(LEASE))
    assert (fresh(report).status, fresh(read).deaths) == ("running", 0)
    assert lifecycle.reap(fresh(read), now=after(LEASE))
    assert fresh(report).status == "cancelled"


def test_a_succeeded_report_refuses_other_ends(acme):
    report = submit(acme)
    lifecycle.succeed(claim(), RESULT, now=after(1), keep=KEEP)
    with pytest.raises(Conflict):
        jobs.cancel(fresh(report), now=after(2))
    with pytest.raises(Conflict):
        jobs.retry(fresh(report), now=after(2))
    assert fresh(report).status == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_events_are_numbered_without_gaps_from_many_threads(acme, globex):
    def ask(number):
        organization = (acme, globex)[number % 2]
        try:
            with transaction.atomic():
                submit(organization, question=str(number))
                transaction.set_rollback(number % 5 == 0)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(60)))
    for organization in (acme, globex):
        numbers = list(journal.since(str(organization.pk), 0).values_list("cursor", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert journal.newest(str(organization.pk)) == len(numbers) == 24


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_in_whatever_order_every_story_is_legal(acme, seed):
    world = World(acme, random.Random(seed))
    for _ in range(60):
        world.step()
    world.settle()
    cursors = list(journal.since(str(acme.pk), 0).values_list("cursor", flat=True))
    assert cursors == list(range(1, len(cursors) + 1))
    for report in Report.objects.all():
        story = [STATUS[event] for event in events_of(report)]
        assert all(b in lifecycle.LEGAL[a] for a, b in pairwise(story)), story
        assert story[-1] == report.status
        assert report.status in {"succeeded", "failed", "cancelled"}
    assert not Job.objects.filter(state__in=("queued", "running")).exists()
    assert ReportEvent.objects.filter(type="report.succeeded").exists()


STATUS = {name.removeprefix("report."): status for status, name in lifecycle.EVENTS.items()}


class World:
    """Random askers and workers, some of whom die or come too late."""

    def __init__(self, organization, dice):
        self.organization, self.dice, self.time = organization, dice, 0
        self.reports, self.held = [], []

    @property
    def now(self):
        return after(self.time)

    def step(self):
        self.time += self.dice.choice([0, 1, 5, LEASE])
        self.dice.choice([self.ask, self.claim, self.finish, self.cancel, self.retry, self.reap])()

    def ask(self):
        question = self.dice.choice("abc")
        force = self.dice.random() < 0.2
        report = submit(self.organization, question=question, now=self.now, force=force)
        self.reports.append(report)

    def claim(self):
        job = claim(self.now)
        if job:
            self.held.append(job)

    def finish(self):
        if not self.held:
            return
        job = self.held.pop(self.dice.randrange(len(self.held)))
        how = self.dice.choice(["succeed", "fail", "hand_back", "die", "confirm"])
        if how == "succeed" and not lifecycle.succeed(job, RESULT, now=self.now, keep=KEEP):
            lifecycle.confirm_cancel(job, now=self.now)
        elif how == "fail":
            lifecycle.fail(job, PROBLEM, now=self.now)
        elif how == "hand_back":
            lifecycle.hand_back(job, now=self.now)
        elif how == "confirm":
            lifecycle.confirm_cancel(job, now=self.now)

    def cancel(self):
        self._change(jobs.cancel)

    def retry(self):
        self._change(jobs.retry)

    def reap(self):
        dispatch.reap(now=self.now, lease_seconds=LEASE)

    def settle(self):
        """Let a good worker do what is left."""
        for _ in range(100):
            self.time += LEASE
            self.reap()
            job = claim(self.now)
            if job and not lifecycle.succeed(job, RESULT, now=self.now, keep=KEEP):
                lifecycle.confirm_cancel(job, now=self.now)

    def _change(self, change):
        if not self.reports:
            return
        report = fresh(self.dice.choice(self.reports))
        try:
            change(report, now=self.now)
        except Conflict:
            assert fresh(report).status == report.status
