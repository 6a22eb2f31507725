"""Exports are jobs without reports: made once, named whole or not at all, stopped like others."""

import threading
from pathlib import Path

import pytest
from django.core.files.storage import storages

from reports import dispatch, expiry, lifecycle, results
from reports.exports import orders
from reports.exports.exporter import Exporter
from reports.formats import FORMATS
from reports.limits import MAX_DEATHS
from reports.models import Job, Report, ReportEvent, ResultFile
from reports.monitor import CANCEL, LOST, STOP, Monitor
from reports.stores import store
from tests.reports.builders import KEEP, LEASE, SlowEngine, after, fresh, worker
from tests.reports.meddling import meddle, refuse
from tests.reports.results import many, stored_job
from warehouse.exceptions import SourceUnavailable

ROWS = 35_000
START = after(2)


class Station:
    """A worker for exports with a clock that the test sets."""

    def __init__(self, now=START):
        self.now = now
        self.monitor = Monitor(
            SlowEngine(), clock=self.clock, lease_seconds=LEASE, stopping=threading.Event()
        )
        self.exporter = Exporter(self.monitor, self.clock)

    def clock(self):
        return self.now

    def run(self, job):
        self.exporter.run(job)
        return fresh(job)


@pytest.fixture
def source(acme):
    """A job with a result of many rows."""
    return stored_job(acme, many(ROWS))


def ordered(source, name="csv", now=START):
    return orders.order(source, FORMATS[name], now=now)


def claim(now=START):
    return dispatch.claim(queue="bulk", worker=worker(), now=now)


def files_of(source):
    return sorted(store().names(results.folder(source)))


def whole(stored):
    return b"".join(results.stream(stored))


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "parquet"])
def test_an_export_makes_its_format_and_names_it(source, name):
    ordered(source, name)
    job = Station().run(claim())
    assert (job.state, job.fraction, job.rows_read) == ("succeeded", 1.0, ROWS)
    stored = results.find(source, FORMATS[name])
    assert stored
    assert stored.rows == ROWS
    assert len(whole(stored)) == stored.bytes
    if name == "json":
        assert whole(stored) == results.body(source)


def test_however_many_ask_one_job_makes_it(source):
    first = ordered(source)
    assert ordered(source) == first
    assert ordered(source, "json") != first
    claim()
    assert ordered(source) == first
    assert Job.objects.filter(kind="export").count() == 2


def test_who_asks_as_it_is_finished_makes_no_other(source):
    ordered(source)
    Station().run(claim())
    assert ordered(source) is None
    assert Job.objects.filter(kind="export").count() == 1


def test_it_is_no_report_and_tells_nobody(source):
    before = Report.objects.count(), ReportEvent.objects.count()
    ordered(source)
    Station().run(claim())
    assert (Report.objects.count(), ReportEvent.objects.count()) == before


def test_only_workers_of_its_queue_take_it(source):
    ordered(source)
    assert dispatch.claim(queue="reports", worker=worker(), now=after(3)) is None
    assert claim().kind == "export"


def test_a_small_result_needs_no_job(source):
    assert results.find(source, FORMATS["json"]) is None
    assert orders.stored(source, "json") == results.find(source, FORMATS["json"])
    assert orders.stored(source, "xlsx") is None
    assert not Job.objects.filter(kind="export").exists()


class Seeing(Exporter):
    """An exporter that has something happen when the first rows are written."""

    happens = staticmethod(lambda run: None)

    def _teller(self, job, run, total):
        told = super()._teller(job, run, total)

        def seen(rows):
            Seeing.happens(run)
            told(rows)

        return seen


def running(happens, exporter=Seeing):
    station = Station()
    station.exporter = exporter(station.monitor, station.clock)
    exporter.happens = staticmethod(happens)
    return station


def test_progress_is_the_share_of_rows_written(source):
    told = []
    station = running(lambda run: told.append(fresh(run.job).fraction))
    ordered(source)

    station.monitor.timer = lambda: float(len(told))
    station.run(claim())
    assert told == sorted(told)
    assert 0.2 < told[-1] < 1


@pytest.mark.parametrize(("reason", "state"), [(CANCEL, "cancelled"), (STOP, "queued")])
def test_it_stops_when_it_must_and_leaves_nothing(source, reason, state):
    def must_stop(run):
        Job.objects.filter(pk=run.job.pk).update(
            cancel_requested_at=after(2) if reason == CANCEL else None
        )
        run.reason = reason

    ordered(source)
    assert running(must_stop).run(claim()).state == state
    assert files_of(source) == ["1.parquet"]
    assert not ResultFile.objects.exists()


def test_a_worker_that_lost_its_lease_names_nothing(source):
    ordered(source)
    old = claim()
    dispatch.reap(now=after(2 + LEASE), lease_seconds=LEASE)
    station = Station(after(2 + LEASE))
    assert station.run(old).state == "queued"
    assert not ResultFile.objects.exists()
    assert files_of(source) == ["1.parquet"]
    assert station.run(claim(after(2 + LEASE))).state == "succeeded"


def test_one_that_learns_of_it_while_writing_stops(source):
    ordered(source)

    def lost(run):
        run.reason = LOST

    assert running(lost).run(claim()).state == "running"
    assert files_of(source) == ["1.parquet"]


def test_what_a_dead_worker_left_is_never_seen_and_goes(source):
    job = ordered(source)
    claim()
    left = Path(storages["results"].path(f"{results.folder(source)}/export-{job.pk}-1.csv.draft"))
    left.write_bytes(b"half")
    dispatch.reap(now=after(2 + LEASE), lease_seconds=LEASE)
    assert results.find(source, FORMATS["csv"]) is None
    Station(after(2 + LEASE)).run(claim(after(2 + LEASE)))
    assert files_of(source) == ["1.parquet", f"export-{job.pk}-2.csv"]


def test_an_export_that_kills_workers_is_given_up(source):
    ordered(source)
    for death in range(MAX_DEATHS):
        claim(after(2 + death * LEASE))
        dispatch.reap(now=after(2 + (death + 1) * LEASE), lease_seconds=LEASE)
    assert "job-poisoned" in str(Job.objects.get(kind="export").error)


def test_a_result_that_expires_meanwhile_is_gone_and_so_is_what_was_made_of_it(source):
    def expires(run):
        expiry.expire(now=after(1) + KEEP)

    ordered(source)
    job = running(expires).run(claim())
    assert (job.state, job.error["code"]) == ("failed", "gone")
    assert files_of(source) == []
    assert not ResultFile.objects.exists()


def test_a_result_that_is_gone_before_is_told(source):
    job = ordered(source)
    results.discard(source)
    Station().run(claim())
    assert fresh(job).state == "failed"
    assert "'status': 410" in str(fresh(job).error)


def test_a_failure_is_told_for_a_while_and_then_tried_again(source):
    job = ordered(source)
    assert lifecycle.fail(claim(), SourceUnavailable().to_problem(), now=after(3))
    assert ordered(source, now=after(5)) == job
    again = ordered(source, now=after(3) + orders.TOLD_AGAIN)
    assert again != job
    assert again.state == "queued"


def test_old_exports_go_with_other_jobs_that_nobody_reads(source):
    ordered(source)
    Station().run(claim())
    assert expiry.purge(before=after(10)) == 1
    assert list(Job.objects.all()) == [source]
    assert "export" in str(files_of(source))


class Late(Exporter):
    """An exporter whose result expires between the last row and its naming."""

    def _named(self, job, source, format_, stored):
        expiry.expire(now=after(1) + KEEP)
        return super()._named(job, source, format_, stored)


def test_nothing_is_named_for_a_result_that_has_just_expired(source):
    station = Station()
    station.exporter = Late(station.monitor, station.clock)
    ordered(source)
    job = station.run(claim())
    assert (job.state, job.error["code"]) == ("failed", "gone")
    assert not ResultFile.objects.exists()
    assert files_of(source) == []


class Second(Exporter):
    """An exporter whose format somebody else has made and named before it can."""

    happens = staticmethod(lambda: None)

    def _named(self, job, source, format_, stored):
        results.provide(source, format_.name)
        Second.happens()
        return super()._named(job, source, format_, stored)


def second(happens):
    return running(happens, Second)


def test_what_was_named_before_stays_and_the_exports_own_file_goes(source):
    ordered(source)
    assert second(lambda: None).run(claim()).state == "succeeded"
    assert [f"{results.folder(source)}/{name}" for name in files_of(source)] == sorted(
        [source.result_name, ResultFile.objects.get().name]
    )


def test_one_that_cannot_look_what_is_named_already_is_tried_again(source, settings):
    ordered(source)
    station = second(lambda: meddle(settings, seeking=refuse))
    job = station.run(claim())
    assert (job.state, job.failures) == ("queued", 1)
