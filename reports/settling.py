"""What becomes of a job whose attempt has stopped before its end, whatever it was doing."""

import logging
from datetime import datetime

from django.db import Error as DatabaseFault

from reports import lifecycle, limits
from reports.models import Job
from reports.monitor import CANCEL, LOST, STOP, TIMEOUT, Run
from warehouse.exceptions import SourceTimeout, SourceUnavailable, WarehouseError

logger = logging.getLogger(__name__)


def settle(job: Job, run: Run, error: WarehouseError, *, now: datetime) -> None:
    """Do what the reason for stopping, or else the error, asks for."""
    if run.reason == CANCEL:
        end_unwanted(job, now=now)
    elif run.reason == STOP:
        lifecycle.hand_back(job, now=now)
    elif run.reason == LOST:
        logger.warning("attempt %s lost its lease and was stopped", job.tag)
    elif run.reason == TIMEOUT:
        fail(job, SourceTimeout(), now=now)
    else:
        fail(job, error, now=now)


def fail(job: Job, error: WarehouseError, *, now: datetime) -> None:
    """End the job with `error`, or queue it again where another try may do better."""
    failures = job.failures + 1
    if isinstance(error, SourceTimeout) and _limit_was_raised(job):
        lifecycle.hand_back(job, now=now)
    elif error.retryable and failures < limits.tries(error):
        wait = error.retry_after or limits.backoff(failures)
        lifecycle.hand_back(job, now=now, wait=wait, failed=True)
    else:
        if not error.expected:
            logger.error("attempt %s failed", job.tag, exc_info=error)
        lifecycle.fail(job, error.to_problem(), now=now)


def end_unwanted(job: Job, *, now: datetime) -> None:
    """End a job whose result may not be named: a cancel came first, or the lease is gone."""
    if not lifecycle.confirm_cancel(job, now=now):
        logger.warning("attempt %s was overtaken; its result is dropped", job.tag)


def seen_as(fault: Exception) -> WarehouseError:
    """Return what a fault means for the job: trouble with the database passes, a bug does not."""
    return SourceUnavailable() if isinstance(fault, DatabaseFault) else WarehouseError()


def _limit_was_raised(job: Job) -> bool:
    """Return whether someone with more time has joined since the attempt began."""
    return Job.objects.filter(pk=job.pk, timeout_seconds__gt=job.timeout_seconds).exists()
