"""Running a claimed job: what ends it, and what gives it back."""

from datetime import timedelta
from typing import Any

import pytest

from reports import dispatch, jobs, limits, results
from reports.stores import store
from tests.reports.builders import (
    BODY,
    KEEP,
    LEASE,
    NOON,
    Result,
    after,
    answer,
    claim,
    events_of,
    fresh,
    submit,
)
from tests.reports.stations import Station, failing
from warehouse.exceptions import QueryRejected, Recounting, SourceTimeout, SourceUnavailable


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


def test_a_job_has_more_patience_where_sessions_are_counted_anew(acme):
    report = submit(acme)
    station = Station(failing(Recounting(retry_after=2)))
    for again in range(1, limits.MAX_RECOUNTS):
        job = station.run(claim(station.now))
        assert (job.state, job.failures) == ("queued", again)
        assert job.run_after == station.now + timedelta(seconds=2)
        station.now = job.run_after
    assert station.run(claim(station.now)).state == "failed"
    assert fresh(report).error["code"] == "recounting"


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
    dispatch.reap(now=after(LEASE), lease_seconds=LEASE)
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
    dispatch.reap(now=after(LEASE), lease_seconds=LEASE)
    station = Station(lambda query, **_: answer())
    station.now = after(LEASE)
    assert station.run(claim(after(LEASE))).state == "succeeded"
    assert not store().exists(left)


def test_handed_back_work_is_found_by_the_next(acme):
    submit(acme)
    job = claim()
    assert timedelta(0) < fresh(job).lease_until - NOON
    assert dispatch.reap_all(now=after(1)) == 1
    assert claim(after(1)).attempt == 2
