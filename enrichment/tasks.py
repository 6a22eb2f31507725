"""What Celery runs for the intake: a hint's work, and the clearing away of old batch rows."""

from datetime import timedelta

from celery import shared_task

from enrichment import groups, marks, retention
from warehouse import clock
from warehouse.worker import hints
from warehouse.worker.process import current

QUEUE = "intake"
KEPT = timedelta(days=3)
EMPTIED = timedelta(days=15)
"""Until its ids are forgotten, the row of a batch tells that they were never stored."""


@shared_task(name="intake.work", ignore_result=True)
def work() -> None:
    """Store waiting batches until there are none, in a slot of this process."""
    current().drain(QUEUE)


@shared_task(name="intake.purge", ignore_result=True)
def purge() -> None:
    """Delete the rows of batches that were stored days ago, and empty old ones set aside."""
    now = clock.now()
    retention.purge(before=now - KEPT, emptied=now - EMPTIED)
    retention.forget(now=now)


def hint() -> None:
    """Wake a worker; returns at once whatever the broker does."""
    hints.send(work.name, _publish)


def reconcile() -> None:
    """Take over what dead workers left, and start on what is due: a hint may have been lost."""
    process = current()
    now = clock.now()
    if process.alone:
        groups.take_over(owner=process.id, now=now)
    if groups.due(now=now) or marks.due():
        process.wake(QUEUE)


def _publish() -> None:
    work.apply_async(retry=False)
