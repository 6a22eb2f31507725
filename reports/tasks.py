"""What Celery runs for reports: a hint's work, and the clearing away of what has expired."""

import logging

from celery import shared_task
from django.db import close_old_connections

from reports import dispatch, expiry, limits, settling
from reports.runner import Runs
from warehouse import clock
from warehouse.env import ENV
from warehouse.gateway import context
from warehouse.worker import hints
from warehouse.worker.process import Process, current

logger = logging.getLogger(__name__)

QUEUE = "reports"


@shared_task(name="reports.work", ignore_result=True)
def work() -> None:
    """Run due jobs until there are none, in a slot of this process."""
    current().drain(QUEUE)


@shared_task(name="reports.expire", ignore_result=True)
def expire() -> None:
    """Clear away results that are not kept any longer, and what ended long ago."""
    now = clock.now()
    expiry.expire(now=now)
    expiry.sweep(now=now)
    expiry.purge(before=now - limits.ROWS_KEPT)


def hint() -> None:
    """Wake a worker; returns at once whatever the broker does."""
    hints.send(work.name, _publish)


def work_once(process: Process, runner: Runs, queue: str = QUEUE) -> bool:
    """Claim and run one job; False when none was due."""
    job = dispatch.claim(queue=queue, worker=_worker(process), now=process.clock())
    if job is None:
        return False
    start_due(process, queue)
    try:
        context.organization.set(job.organization.slug)
        runner.run(job)
    except Exception as fault:  # the job's outermost door: a fault must not kill the slot
        logger.exception("attempt %s hit a fault of ours", job.tag)
        close_old_connections()
        runner.fail(job, settling.seen_as(fault), now=process.clock())
    finally:
        context.organization.set("")
    return True


def reconcile(process: Process) -> None:
    """Take jobs from dead workers, and start on what is due: a hint may have been lost."""
    now = process.clock()
    dispatch.reap(now=now, lease_seconds=ENV.lease_seconds)
    dispatch.raise_patient(now=now)
    start_due(process, QUEUE)


def start_due(process: Process, queue: str) -> None:
    """Start on what is due in `queue`, if a slot is free."""
    if not process.slots.full(queue) and dispatch.due(
        queue=queue, worker=_worker(process), now=process.clock()
    ):
        process.wake(queue)


def _worker(process: Process) -> dispatch.Worker:
    return dispatch.Worker(process.id, ENV.lease_seconds, ENV.jobs_at_once)


def _publish() -> None:
    work.apply_async(retry=False)
