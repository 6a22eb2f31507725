"""Which job a worker takes next, and what becomes of the jobs of dead workers.

Fairest first: by priority, then the organization with the fewest running jobs, then the one whose
turn was longest ago; within an organization the oldest. No organization runs more than its limit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from reports import lifecycle, limits, results
from reports.models import Job
from warehouse.sql.reports import FAIREST, RUNNING, TURN


@dataclass(frozen=True, slots=True)
class Worker:
    """Who claims: its name, how long its leases are, how many jobs of one organization it allows.

    `at_once` holds for all workers together, where an organization has no limit of its own.
    """

    id: UUID
    lease_seconds: int
    at_once: int


def claim(*, queue: str, worker: Worker, now: datetime) -> Job | None:
    """Take the fairest due job of `queue` for `worker`, or return None when there is none."""
    while job := _fairest(queue, worker.at_once, now):
        with transaction.atomic():
            if _take(job, worker=worker, now=now):
                return job
    return None


def due(*, queue: str, worker: Worker, now: datetime) -> bool:
    """Return whether `worker` could start any job of `queue` now."""
    return _fairest(queue, worker.at_once, now) is not None


def reap(*, now: datetime, lease_seconds: int) -> int:
    """Take the jobs whose lease has ended from their workers; return how many there were.

    So has a lease that ends later than any that is given: the clock was put back since.
    """
    absurd = now + 2 * timedelta(seconds=lease_seconds)
    ended = Q(lease_until__lte=now) | Q(lease_until__gt=absurd)
    return sum(_reap(job, now=now) for job in Job.objects.filter(ended, state="running"))


def reap_all(*, now: datetime) -> int:
    """Take every running job, whatever its lease; for a worker that knows it is the only one."""
    return sum(_reap(job, now=now) for job in Job.objects.filter(state="running"))


def _reap(job: Job, *, now: datetime) -> bool:
    """Take the job, then delete what its dead worker has stored: that will never be named."""
    taken = lifecycle.reap(job, now=now)
    if taken:
        results.discard_attempts(job, f"{job.attempt}.")
    return taken


def raise_patient(*, now: datetime) -> int:
    """Let jobs that have waited too long go with the interactive ones; return how many."""
    highest = limits.PRIORITIES["interactive"]
    patient = Job.objects.filter(
        state="queued", priority__lt=highest, asked_at__lte=now - limits.PATIENCE
    )
    return patient.update(priority=highest)


def _fairest(queue: str, at_once: int, now: datetime) -> Job | None:
    """Return the job that is next, its organization's limit in `most`."""
    instant = connection.ops.adapt_datetimefield_value
    values = {
        "queue": queue,
        "now": instant(now),
        "absurd": instant(now + limits.LONGEST_WAIT),
        "at_once": at_once,
    }
    return next(iter(Job.objects.raw(FAIREST, values)), None)


def _take(job: Any, *, worker: Worker, now: datetime) -> bool:
    """Start the job, unless others have started it, or enough of its organization."""
    organization = job.organization_id.hex
    with connection.cursor() as cursor:
        cursor.execute(TURN, (organization, job.queue, int(now.timestamp() * 1000)))
        cursor.execute(RUNNING, (job.queue, organization))
        running = cursor.fetchone()[0]
    return running < job.most and lifecycle.start(
        job, owner=worker.id, now=now, lease_seconds=worker.lease_seconds
    )
