"""Asking for a large result in another format: one job makes it, however many ask."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from reports import limits, results
from reports.exports import tasks
from reports.formats import Format
from reports.models import LIVE, Job
from reports.results import Stored
from warehouse.exceptions import Conflict

KIND = "export"
RACES = 5
"""How often an order tries again because the job it would have joined has ended meanwhile."""
TOLD_AGAIN = timedelta(seconds=30)
"""How long after a failure whoever asks is told of it, before it is tried again."""


def stored(job: Job, name: str) -> Stored | None:
    """Return the succeeded job's result in a format, made at once if it is small; else None."""
    format_ = results.format_of(job, name)
    if (job.result_rows or 0) <= format_.at_once:
        return results.provide(job, name)
    return results.find(job, format_)


def order(job: Job, format_: Format, *, now: datetime) -> Job | None:
    """Return the job that makes `job`'s result in a format, or that has just failed to.

    None where it was made since the caller looked.
    """
    question: dict[str, Any] = {
        "organization_id": job.organization_id,
        "kind": KIND,
        "fingerprint": f"{job.pk}:{format_.name}",
    }
    last = Job.objects.filter(**question).order_by("pk").last()
    if last and last.state == "failed" and now - (last.finished_at or now) < TOLD_AGAIN:
        return last
    further: dict[str, Any] = {
        "request": {"job": job.pk, "format": format_.name},
        "queue": tasks.QUEUE,
        "asked_at": now,
        "priority": limits.PRIORITIES["interactive"],
        "timeout_seconds": limits.REPORT_SECONDS,
    }
    for _ in range(RACES):
        with suppress(IntegrityError), transaction.atomic():  # the live one has just ended
            wanted, created = Job.objects.get_or_create(**question, shared=True, defaults=further)
            if created and results.find(job, format_):
                transaction.set_rollback(True)
                return None
            if created:
                transaction.on_commit(tasks.hint)
            return wanted
    raise Conflict("The format is made and deleted too fast to be found; ask again.")


def ended(pk: int) -> bool:
    """Tell whether an ordered job has ended."""
    return not Job.objects.filter(pk=pk, state__in=LIVE).exists()
