"""When results go, and later the rows that tell of them.

What is stored for a report past its time is deleted, and it becomes `expired`. Long after a job
has ended its rows go too, and with them whatever a death has left in its folder.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from reports import inlined, lifecycle, results
from reports.models import LIVE, Firing, Job, Report, ReportEvent

logger = logging.getLogger(__name__)

AT_ONCE = 500
"""One statement deletes no more rows: on SQLite nobody else writes meanwhile."""
UNTOLD = timedelta(days=1)
"""How long a job without a report stays when its asker has not deleted it."""
READABLE = ("succeeded", *LIVE)


def expire(*, now: datetime) -> int:
    """Expire reports past their time and delete results nobody may read; return how many."""
    count = 0
    stuck: set[int] = set()
    due = Report.objects.filter(status="succeeded", expires_at__lte=now)
    while found := list(due.exclude(job_id__in=stuck).only("job_id")[:AT_ONCE]):
        shown = Report.objects.filter(job=OuterRef("pk"), status__in=READABLE)
        later = Exists(shown.exclude(status="succeeded", expires_at__lte=now))
        over = list(Job.objects.filter(~later, pk__in={report.job_id for report in found}))
        # Emptied first: what the store refuses to delete stays due, and is tried again.
        stuck |= {job.pk for job in over if not _emptied(job)}
        expired = [report for report in found if report.job_id not in stuck]
        with transaction.atomic():
            lifecycle.expire(expired)
            inlined.withdraw([report.pk for report in expired])
        for job in over:
            if job.pk not in stuck:
                _emptied(job)  # of what was made meanwhile
                job.files.all().delete()
        count += len(expired)
    return count


def purge(*, before: datetime) -> int:
    """Delete what ended or happened earlier, but no report with a result; return how many jobs.

    Events go in their order, so that whoever asks for one that is gone is told to start afresh.
    """
    _purge_events(before)
    _purge_firings(before)
    count = 0
    kept: set[int] = set()
    ended = Job.objects.filter(_unread(), finished_at__lt=before)
    while found := list(ended.exclude(pk__in=kept).order_by("finished_at")[:AT_ONCE]):
        gone = _delete_jobs([job.pk for job in found if _emptied(job)])
        kept |= {job.pk for job in found} - gone
        count += len(gone)
    return count


def forget(job: Job) -> None:
    """Delete an ended job that no report tells of, and its result; if not now, `sweep` does."""
    if _emptied(job):
        _delete_jobs([job.pk])


def sweep(*, now: datetime) -> int:
    """Delete jobs that no report tells of and whose asker is gone; return how many there were.

    Whoever asked has deleted them long ago, unless it has died; `purge` takes what is older still.
    """
    ended = Job.objects.filter(finished_at__range=(now - 2 * UNTOLD, now - UNTOLD), reports=None)
    left = [job.pk for job in ended[:AT_ONCE] if _emptied(job)]
    return len(_delete_jobs(left))


def _unread() -> Q:
    """Tell of a job that no report waits for or can be read from."""
    return ~Q(Exists(Report.objects.filter(job=OuterRef("pk"), status__in=READABLE)))


def _purge_events(before: datetime) -> None:
    while True:
        oldest = ReportEvent.objects.order_by("pk").values_list("pk", "at")[:AT_ONCE]
        past = [pk for pk, at in oldest if at < before]
        if not past:
            return
        ReportEvent.objects.filter(pk__in=past).delete()


def _purge_firings(before: datetime) -> None:
    past = Firing.objects.filter(finished_at__lt=before).order_by("finished_at")
    while pks := list(past.values_list("pk", flat=True)[:AT_ONCE]):
        Firing.objects.filter(pk__in=pks).delete()


def _emptied(job: Job) -> bool:
    try:
        results.discard(job)
    except OSError:
        logger.exception(
            "what is stored for job %s cannot be deleted; a later clearing tries again", job.pk
        )
        return False
    return True


def _delete_jobs(pks: Collection[int]) -> set[int]:
    """Delete the jobs and their reports; return which, without any that lives again meanwhile."""
    with transaction.atomic():
        list(Job.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk"))
        reports = Report.objects.select_for_update().filter(job_id__in=pks)
        alive = {report.job_id for report in reports if report.status in READABLE}
        gone = set(pks) - alive
        Report.objects.filter(job_id__in=gone).delete()
        Job.objects.filter(pk__in=gone).delete()
    return gone
