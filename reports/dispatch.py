"""Which job a worker takes next, and what becomes of the jobs of dead workers.

Fairest first: priority, then the organization with the fewest running jobs, then the oldest.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min

from reports import lifecycle, results
from reports.models import Job

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is now this worker's, and whether more is due beside it."""

    job: Job
    more: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The oldest due job of one organization and priority, and how many stand there."""

    organization_id: UUID
    priority: int
    oldest: int
    waiting: int


def claim(*, queue: str, owner: UUID, now: datetime, lease_seconds: int) -> Claim | None:
    """Take the fairest due job of `queue` for `owner`, or return None when there is none."""
    while heads := _heads(queue, now):
        fairest = _fairest(heads, queue)
        job = Job.objects.select_related("organization").get(pk=fairest.oldest)
        if lifecycle.start(job, owner=owner, now=now, lease_seconds=lease_seconds):
            return Claim(job, more=sum(head.waiting for head in heads) > 1)
    return None


def due(queue: str, now: datetime) -> bool:
    """Return whether any job of `queue` could start now."""
    return Job.objects.filter(queue=queue, state="queued", run_after__lte=now).exists()


def reap(*, now: datetime) -> int:
    """Take the jobs whose lease has ended from their workers; return how many there were."""
    expired = Job.objects.filter(state="running", lease_until__lte=now)
    return sum(_reap(job, now=now) for job in expired)


def reap_all(*, now: datetime) -> int:
    """Take every running job, whatever its lease; for a worker that knows it is the only one."""
    running = Job.objects.filter(state="running")
    return sum(_reap(job, now=now, only_expired=False) for job in running)


def _reap(job: Job, *, now: datetime, only_expired: bool = True) -> bool:
    """Take the job, and then delete what its dead worker has stored: it will never be named."""
    taken = lifecycle.reap(job, now=now, only_expired=only_expired)
    if taken:
        try:
            results.discard(job)
        except OSError:
            logger.exception("what is stored for job %s cannot be deleted", job.pk)
    return taken


def _heads(queue: str, now: datetime) -> list[Head]:
    rows = (
        Job.objects.filter(queue=queue, state="queued", run_after__lte=now)
        .values_list("organization_id", "priority")
        .annotate(oldest=Min("pk"), waiting=Count("pk"))
        .order_by()
    )
    return [Head(*row) for row in rows]


def _fairest(heads: Sequence[Head], queue: str) -> Head:
    if len(heads) == 1:
        return heads[0]
    running = Job.objects.filter(queue=queue, state="running")
    busy = Counter(running.values_list("organization_id", flat=True))
    return min(heads, key=lambda h: (-h.priority, busy[h.organization_id], h.oldest))
