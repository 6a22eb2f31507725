"""Running a claimed job: what ends it, what gives it back, and what the monitor does meanwhile."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from reports import dispatch, jobs, results
from reports.models import Job
from reports.monitor import CANCEL, Monitor
from reports.runner import Runner
from reports.stores import store
from tests.reports.builders import (
    BODY,
    KEEP,
    LEASE,
    NOON,
    Result,
    SlowEngine,
    after,
    answer,
    claim,
    events_of,
    fresh,
    kinds_by,
    submit,
)
from warehouse.exceptions import QueryRejected, SourceTimeout, SourceUnavailable


class Station:
    """A runner with its monitor and a clock that the test sets."""

    def __init__(self, run, engine=None):
        self.now = NOON
        self.stopping = threading.Event()
        self.engine = engine or SlowEngine()
        self.monitor = Monitor(
            self.engine, clock=self.clock, lease_seconds=LEASE, stopping=self.stopping
        )
        parts: tuple[Any, ...] = (self.engine, None, self.monitor, self.clock, KEEP)
        self.runner = Runner(kinds_by(run), *parts)

    def clock(self):
        return self.now

    def run(self, job):
        self.runner.run(job)
        return fresh(job)


def failing(error):
    def run(query, **_):
        raise error

    return run


def test_a_job_ends_with_its_result_named(acme):
    report = submit(acme)
    job = Station(lambda query, **_: answer()).run(claim())
    assert (job.state, job.result_rows, job.result_etag) == ("succeeded", 2, '"e"')
    assert results.body(job) == BODY
    assert fresh(report).cache == {"tier": "none", "age_seconds": 0, "reason": "computed"}
    assert fresh(report).expires_at == NOON + KEEP


def test_the_kind_is_asked_with_the_time_limit_the_tag_and_the_question_as_it_was(acme):
    told: dict[str, Any] = {}

    def run(query, **more):
        told.update(more, window=query.window)
        return answer()

    submit(acme, timeout_seconds=77)
    station = Station(run)
    station.now = after(3)
    job = station.run(claim())
    assert told["tag"] == f"job:{job.pk}:1"
    assert told["timeout_seconds"] == 77
    assert told["now"] == after(3)
    assert told["window"].start <= NOON


def test_a_retryable_error_is_tried_again_later_and_not_for_ever(acme):
    report = submit(acme)
    station = Station(failing(SourceUnavailable()))
    job = station.run(claim())
    assert (job.state, job.failures, job.run_after) == ("queued", 1, after(0.5))
    station.now = after(10)
    assert station.run(claim(after(10))).run_after == after(12)
    station.now = after(20)
    job = station.run(claim(after(20)))
    assert (job.state, job.deaths) == ("failed", 0)
    assert fresh(report).error["code"] == "source-unavailable"


@pytest.mark.parametrize("error", [QueryRejected(), SourceTimeout()])
def test_other_errors_end_the_job_at_once(acme, error):
    report = submit(acme)
    assert Station(failing(error)).run(claim()).state == "failed"
    assert fresh(report).error["code"] == error.code


@pytest.mark.parametrize("error", [QueryRejected(), SourceUnavailable(), SourceTimeout()])
def test_a_job_that_fails_after_its_cancel_was_asked_is_cancelled(acme, error):
    report = submit(acme)
    job = claim()

    def run(query, **_):
        jobs.cancel(report, now=after(1))
        raise error

    assert Station(run).run(job).state == "cancelled"
    assert events_of(report)[-1] == "cancelled"


def test_a_run_out_of_time_goes_on_when_somebody_with_more_time_has_joined(acme):
    report = submit(acme)
    job = claim()
    submit(acme, timeout_seconds=600)
    assert Station(failing(SourceTimeout())).run(job).state == "queued"
    assert claim().timeout_seconds == 600
    assert fresh(report).status == "running"


def test_a_result_that_comes_after_the_lease_is_dropped(acme):
    report = submit(acme)
    station = Station(lambda query, **_: answer())
    old = claim()
    dispatch.reap(now=after(LEASE))
    new = claim(after(LEASE))
    station.now = after(LEASE + 1)
    assert station.run(old).attempt == 2
    assert fresh(report).status == "running"
    job = station.run(new)
    assert job.result_name.endswith("/2.parquet")
    assert results.body(job) == BODY


def test_what_a_dead_attempt_left_behind_is_cleared_away(acme):
    submit(acme)
    old = claim()
    left = results.write(old, Result([[1]])).name
    dispatch.reap(now=after(LEASE))
    station = Station(lambda query, **_: answer())
    station.now = after(LEASE)
    assert station.run(claim(after(LEASE))).state == "succeeded"
    assert not store().exists(left)


class Underway:
    """A job that runs in a thread until the test lets it."""

    def __init__(self, **question):
        self.engine = SlowEngine()
        self.station = Station(self.engine.run, self.engine)
        self.job = claim()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert self.engine.started.wait(10)

    def end(self):
        self.engine.let.set()
        self.thread.join(10)
        assert not self.thread.is_alive()
        return fresh(self.job)

    def _run(self):
        try:
            self.station.run(self.job)
        finally:
            connections.close_all()


@pytest.fixture
def underway(acme, transactional_db):
    report = submit(acme)
    run = Underway()
    yield report, run
    run.end()


def test_a_cancel_is_said_only_when_the_engine_has_stopped(underway):
    report, run = underway
    jobs.cancel(report, now=after(1))
    run.station.monitor.beat(after(1))
    assert fresh(report).status == "running"
    run.station.monitor.look(after(1))
    assert run.engine.killed == [run.job.tag]
    assert run.end().state == "cancelled"
    assert events_of(report) == ["queued", "started", "cancelled"]


def test_a_query_that_will_not_stop_keeps_no_other_from_being_stopped(underway):
    _, run = underway
    stuck = Job(pk=run.job.pk + 1, lease_until=after(LEASE), timeout_seconds=30)
    run.engine.stubborn.add(stuck.tag)
    (monitor := run.station.monitor)._runs = {}
    with monitor.watch(stuck) as other, monitor.watch(run.job) as mine:
        other.reason = mine.reason = CANCEL
        monitor.look(after(1))
    assert run.engine.killed == [run.job.tag]


def test_a_stopping_worker_hands_its_jobs_back(underway):
    report, run = underway
    run.station.stopping.set()
    run.station.monitor.beat(after(1))
    run.station.monitor.look(after(1))
    job = run.end()
    assert (job.state, job.deaths, job.failures, job.run_after) == ("queued", 0, 0, NOON)
    assert fresh(report).status == "queued"


def test_a_query_far_beyond_its_limit_is_killed_and_failed(underway):
    report, run = underway
    run.station.monitor.beat(after(20))
    run.station.monitor.beat(after(30.9))
    run.station.monitor.look(after(30.9))
    assert run.engine.killed == []
    run.station.monitor.beat(after(31.1))
    run.station.monitor.look(after(31.1))
    assert run.end().state == "failed"
    assert fresh(report).error["code"] == "source-timeout"


def test_leases_are_renewed_by_a_quarter(underway):
    _, run = underway
    run.station.monitor.beat(after(LEASE / 4 - 1))
    assert fresh(run.job).lease_until == after(LEASE)
    run.station.monitor.beat(after(LEASE / 4))
    assert fresh(run.job).lease_until == after(LEASE + LEASE / 4)
    assert dispatch.reap(now=after(LEASE + 1)) == 0


def test_a_worker_whose_lease_has_ended_does_not_renew_it_and_stops_itself(underway):
    report, run = underway
    run.station.monitor.beat(after(LEASE))
    assert fresh(run.job).lease_until == after(LEASE)
    run.station.monitor.look(after(LEASE))
    assert run.engine.killed == [run.job.tag]
    assert run.end().state == "running"
    assert dispatch.reap(now=after(LEASE)) == 1
    assert fresh(report).status == "queued"


def test_a_worker_whose_job_was_taken_stops_itself(underway):
    _, run = underway
    Job.objects.filter(pk=run.job.pk).update(attempt=2)
    run.station.monitor.beat(after(1))
    run.station.monitor.look(after(1))
    assert run.engine.killed == [run.job.tag]
    run.end()


def test_progress_is_told_twice_a_second_and_never_falls(underway):
    report, run = underway
    tag = run.job.tag
    run.station.monitor.look(after(0.4))
    assert fresh(run.job).fraction == 0
    run.station.monitor.look(after(0.5))
    job = fresh(run.job)
    assert (job.stage, job.fraction, job.rows_read, job.rows_total) == ("reading", 0.1, 10, 100)
    assert job.elapsed_ms == 500
    run.engine.seen[tag].rows_total = 1000
    run.station.monitor.look(after(1))
    assert fresh(run.job).fraction == 0.1
    run.engine.seen[tag].rows_read = 5000
    run.station.monitor.look(after(1.5))
    assert (fresh(run.job).fraction, fresh(run.job).rows_total) == (0.99, 5000)
    assert fresh(report).status == "running"
    assert run.end().fraction == 1.0


def test_the_monitors_threads_do_all_that_by_themselves(acme, transactional_db):
    report = submit(acme)
    run = Underway()
    began = time.monotonic()
    monitor = run.station.monitor
    monitor.start()
    try:
        jobs.cancel(report, now=after(1))
        run.thread.join(10)
        assert fresh(report).status == "cancelled"
        assert time.monotonic() - began < 10
    finally:
        monitor.close()
        run.end()


def test_handed_back_work_is_found_by_the_next(acme):
    submit(acme)
    job = claim()
    assert timedelta(0) < fresh(job).lease_until - NOON
    assert dispatch.reap_all(now=after(1)) == 1
    assert claim(after(1)).attempt == 2
