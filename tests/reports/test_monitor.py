"""What the monitor does while jobs run: leases, cancels, limits, progress."""

import time

import pytest

from reports import dispatch, jobs
from reports.models import Job
from reports.monitor import CANCEL
from tests.reports.builders import LEASE, after, events_of, fresh, submit
from tests.reports.stations import Underway


@pytest.fixture
def underway(acme, transactional_db):
    report = submit(acme)
    run = Underway()
    yield report, run
    run.end()


def test_a_cancel_is_said_only_when_the_engine_has_stopped(underway):
    report, run = underway
    jobs.cancel(report, now=after(1))
    run.station.at(1).beat()
    assert fresh(report).status == "running"
    run.station.at(1).look()
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
        monitor.look()
    assert run.engine.killed == [run.job.tag]


def test_a_stopping_worker_hands_its_jobs_back(underway):
    report, run = underway
    run.station.stopping.set()
    run.station.at(1).beat()
    run.station.at(1).look()
    job = run.end()
    assert (job.state, job.deaths, job.failures, job.run_after) == ("queued", 0, 0, None)
    assert fresh(report).status == "queued"


def test_a_query_far_beyond_its_limit_is_killed_and_failed(underway):
    report, run = underway
    run.station.at(20).beat()
    run.station.at(30.9).beat()
    run.station.at(30.9).look()
    assert run.engine.killed == []
    run.station.at(31.1).beat()
    run.station.at(31.1).look()
    assert run.end().state == "failed"
    assert fresh(report).error["code"] == "source-timeout"


def test_leases_are_renewed_by_a_quarter(underway):
    _, run = underway
    run.station.at(LEASE / 4 - 1).beat()
    assert fresh(run.job).lease_until == after(LEASE)
    run.station.at(LEASE / 4).beat()
    assert fresh(run.job).lease_until == after(LEASE + LEASE / 4)
    assert dispatch.reap(now=after(LEASE + 1), lease_seconds=LEASE) == 0


def test_a_worker_whose_lease_has_ended_does_not_renew_it_and_stops_itself(underway):
    report, run = underway
    run.station.at(LEASE).beat()
    assert fresh(run.job).lease_until == after(LEASE)
    run.station.at(LEASE).look()
    assert run.engine.killed == [run.job.tag]
    assert run.end().state == "running"
    assert dispatch.reap(now=after(LEASE), lease_seconds=LEASE) == 1
    assert fresh(report).status == "queued"


def test_a_worker_whose_job_was_taken_stops_itself(underway):
    _, run = underway
    Job.objects.filter(pk=run.job.pk).update(attempt=2)
    run.station.at(1).beat()
    run.station.at(1).look()
    assert run.engine.killed == [run.job.tag]
    run.end()


def test_progress_is_told_twice_a_second_and_never_falls(underway):
    report, run = underway
    tag = run.job.tag
    run.station.at(0.4).look()
    assert fresh(run.job).fraction == 0
    run.station.at(0.5).look()
    job = fresh(run.job)
    assert (job.stage, job.fraction, job.rows_read, job.rows_total) == ("reading", 0.1, 10, 100)
    assert job.elapsed_ms == 500
    run.engine.seen[tag].rows_total = 1000
    run.station.at(1).look()
    assert fresh(run.job).fraction == 0.1
    run.engine.seen[tag].rows_read = 5000
    run.station.at(1.5).look()
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


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_clock_that_jumps_ends_no_run_as_too_slow(underway, jump):
    report, run = underway
    station = run.station
    station.now, station.jumped = after(jump + 1), jump
    station.monitor.beat()
    station.monitor.look()
    assert fresh(run.job).elapsed_ms == (1000 if jump < 0 else 0)
    dispatch.reap(now=station.now, lease_seconds=LEASE)
    assert fresh(report).status in {"queued", "running"}
    assert fresh(report).error is None
