"""What is asked of a report as it was read before it changed, and what a fault leaves of a job."""

import pytest
from django.db import DatabaseError

from reports import jobs, journal, lifecycle, settling
from reports.models import Job
from tests.reports.builders import KEEP, after, claim, fresh, submit
from warehouse.exceptions import NotFound, SourceUnavailable

pytestmark = pytest.mark.django_db(transaction=True)


def tried_again(organization):
    """Return a report, cancelled and tried again, as it is and as it was before."""
    report = jobs.cancel(submit(organization), now=after(1))
    return jobs.retry(fresh(report), now=after(2)), report


def test_what_is_gone_can_neither_be_deleted_nor_cancelled(acme):
    report = jobs.cancel(submit(acme), now=after(1))
    jobs.delete(fresh(report), now=after(2))
    for again in (jobs.delete, jobs.cancel):
        with pytest.raises(NotFound):
            again(report, now=after(3))


def test_a_cancel_reaches_the_job_that_answers_now(acme):
    report, before = tried_again(acme)
    assert jobs.cancel(before, now=after(3)).status == "cancelled"
    assert fresh(report.job).state == "cancelled"


def test_a_deletion_takes_the_job_that_has_answered_last(acme):
    report, before = tried_again(acme)
    assert lifecycle.succeed(claim(after(3)), {}, now=after(4), keep=KEEP)
    jobs.delete(before, now=after(5))
    assert not Job.objects.filter(pk=report.job_id).exists()


def test_a_job_whose_end_cannot_be_written_is_handed_back(acme, monkeypatch):
    submit(acme)
    job = claim()
    with monkeypatch.context() as patch:
        patch.setattr(journal, "WRITE", "INSERT INTO nowhere VALUES (%s, %s, %s, %s, %s, %s)")
        with pytest.raises(DatabaseError):
            lifecycle.succeed(job, {"result_name": "x"}, now=after(1), keep=KEEP)
    settling.fail(job, SourceUnavailable(), now=after(2))
    row = Job.objects.get()
    assert (row.state, row.deaths, row.failures, row.result_name) == ("queued", 0, 1, "")
