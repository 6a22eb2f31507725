"""What goes in the end: rows long over, what deaths left; never what somebody may read."""

from datetime import timedelta

from django.core.files.storage import storages

from reports import expiry, jobs, lifecycle, results
from reports.limits import ROWS_KEPT
from reports.models import Job, Report, ReportEvent
from reports.ws.history import snapshot
from tests.reports.builders import KEEP, Result, after, claim, fresh, submit

LONG_AFTER = after(0) + ROWS_KEPT + timedelta(minutes=1)


def purge(now=LONG_AFTER):
    return expiry.purge(before=now - ROWS_KEPT)


def succeed(keep=KEEP):
    job = claim()
    stored = results.write(job, Result())
    assert lifecycle.succeed(job, stored.as_columns(), now=after(1), keep=keep)
    return job


def test_what_ended_long_ago_goes_with_its_rows_events_and_files(acme):
    submit(acme)
    job = succeed()
    expiry.expire(now=after(1) + KEEP)
    results.write(job, Result([[1]]))
    assert purge(after(0) + ROWS_KEPT) == 0
    assert purge() == 1
    for model in (Job, Report, ReportEvent):
        assert not model.objects.exists()
    assert not storages["results"].exists(f"{acme.pk}/{job.pk}")


def test_failed_and_cancelled_reports_go_too(acme):
    submit(acme)
    job = claim()
    results.write(job, Result([[1]]))
    assert lifecycle.fail(job, {}, now=after(1))
    jobs.cancel(submit(acme, question="other"), now=after(1))
    assert purge() == 2
    assert not storages["results"].exists(f"{acme.pk}/{job.pk}")


def test_a_report_that_waits_or_can_be_read_stays(acme):
    done = submit(acme)
    succeed(keep=ROWS_KEPT * 2)
    waiting = submit(acme, question="other")
    assert purge() == 0
    assert (fresh(done).status, fresh(waiting).status) == ("succeeded", "queued")


def test_a_report_tried_again_outlives_the_job_it_left(acme):
    report = jobs.cancel(submit(acme), now=after(1))
    old = report.job_id
    jobs.retry(fresh(report), now=LONG_AFTER)
    assert purge() == 1
    assert fresh(report).status == "queued"
    assert not Job.objects.filter(pk=old).exists()


def test_whoever_was_away_longer_than_events_are_kept_starts_afresh(acme):
    submit(acme)
    purge()
    submit(acme, question="other", now=LONG_AFTER)
    assert (snapshot(str(acme.pk), None).cursor, snapshot(str(acme.pk), None).oldest) == (2, 2)


def test_a_report_that_moved_on_is_not_expired(acme):
    report = submit(acme)
    succeed()
    seen = fresh(report)
    Report.objects.filter(pk=report.pk).update(status="queued")
    lifecycle.expire([seen])
    assert fresh(report).status == "queued"
