"""What goes in the end: rows long over, what deaths left; never what somebody may read."""

from datetime import timedelta
from functools import partial

from django.core.files.storage import storages

from reports import expiry, jobs, lifecycle, results
from reports.limits import ROWS_KEPT
from reports.models import Job, Report, ReportEvent, ResultFile
from reports.stores import store
from reports.ws.history import snapshot
from tests.reports.builders import KEEP, Result, after, claim, counts, fresh, submit
from tests.reports.meddling import meddle, once, refuse
from tests.reports.results import TRICKY, stored_job

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


class Refusal:
    """A store that deletes nothing under some folders until it is told to."""

    def __init__(self, settings, *jobs):
        self.folders = tuple(results.folder(job) for job in jobs)
        meddle(settings, deleting=self.look)

    def look(self, name):
        if name.startswith(self.folders):
            refuse(name)

    def end(self):
        self.folders = ()


def test_a_result_that_cannot_be_deleted_is_expired_later_and_holds_up_no_other(acme, settings):
    stuck, other = stored_job(acme, TRICKY), stored_job(acme, TRICKY)
    named = results.provide(stuck, "csv")
    refusal = Refusal(settings, stuck)
    expire = partial(expiry.expire, now=after(1) + KEEP)
    assert expire() == 1
    assert (stuck.reports.get().status, other.reports.get().status) == ("succeeded", "expired")
    assert ResultFile.objects.get().name == named.name
    refusal.end()
    assert expire() == 1
    assert stuck.reports.get().status == "expired"
    assert (store().names(results.folder(stuck)), ResultFile.objects.count()) == ([], 0)


def test_rows_stay_as_long_as_what_is_stored_for_them(acme, settings):
    stuck, other = stored_job(acme, TRICKY), stored_job(acme, TRICKY)
    Report.objects.update(status="expired")
    refusal = Refusal(settings, stuck)
    assert purge() == 1
    assert [list(Job.objects.all()), stuck.reports.count()] == [[stuck], 1]
    assert not Job.objects.filter(pk=other.pk).exists()
    refusal.end()
    assert purge() == 1
    assert counts() == (0, 0)


def test_what_a_deleted_report_leaves_because_the_store_refuses_is_swept(acme, settings):
    job = stored_job(acme, TRICKY)
    refusal = Refusal(settings, job)
    jobs.delete(job.reports.get(), now=after(2))
    assert counts() == (1, 0)
    sweep = partial(expiry.sweep, now=after(2) + expiry.UNTOLD)
    assert sweep() == 0
    assert counts() == (1, 0)
    refusal.end()
    assert sweep() == 1
    assert (counts(), store().names(results.folder(job))) == ((0, 0), [])


def test_a_format_that_is_made_while_its_result_expires_goes_with_it(acme, settings):
    job = stored_job(acme, TRICKY)
    meddle(settings, deleting=once(lambda: results.provide(job, "csv")))
    assert expiry.expire(now=after(1) + KEEP) == 1
    assert (store().names(results.folder(job)), ResultFile.objects.count()) == ([], 0)
