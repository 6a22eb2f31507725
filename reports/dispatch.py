"""Which job a worker takes next, and what becomes of the jobs of dead workers.

Fairest first: by priority, then the organization with the fewest running jobs, then the one whose
turn was longest ago; within an organization the oldest. No organization runs more than its limit.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from reports import lifecycle, limits, results
from reports.models import Job
from warehouse.rows import Rows
from warehouse.sql.reports import ANY_DUE, TURN, fairest
from warehouse.tenancy.models import Organization

_JOBS, _OWNERS = Rows(Job), Rows(Organization)
_NEXT = fairest(_JOBS.columns("job"), _OWNERS.columns("owner"))
_CLAIMING: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


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
    # One slot at a time: those of one process would only race each other to the same job.
    with _CLAIMING[queue]:
        while found := _fairest(queue, worker.at_once, now):
            job, most = found
            if _take(job, most, worker=worker, now=now):
                return job
    return None


def due(*, queue: str, worker: Worker, now: datetime) -> bool:
    """Return whether `worker` could start any job of `queue` now."""
    with connection.cursor() as cursor:
        cursor.execute(ANY_DUE, _asked(queue, worker.at_once, now))
        return cursor.fetchone() is not None


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


def _fairest(queue: str, at_once: int, now: datetime) -> tuple[Job, int] | None:
    """Return the job that is next, with its organization, and how many of these may run."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, _asked(queue, at_once, now))
        row = cursor.fetchone()
    if row is None:
        return None
    job = _JOBS.read(row[: _JOBS.width])
    job.organization = _OWNERS.read(row[_JOBS.width : -1])
    return job, row[-1]


def _asked(queue: str, at_once: int, now: datetime) -> dict[str, Any]:
    instant = connection.ops.adapt_datetimefield_value
    return {
        "queue": queue,
        "now": instant(now),
        "absurd": instant(now + limits.LONGEST_WAIT),
        "at_once": at_once,
    }


def _take(job: Job, most: int, *, worker: Worker, now: datetime) -> bool:
    """Start the job, unless others have started it, or enough of its organization."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            turn = (job.organization_id.hex, job.queue, int(now.timestamp() * 1000))
            cursor.execute(TURN, turn)
        return lifecycle.start(
            job, owner=worker.id, now=now, lease_seconds=worker.lease_seconds, most=most
        )
