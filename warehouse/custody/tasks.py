"""What Celery runs for errands: a hint's work, in the slot of bulk work, and the nightly look."""

from celery import shared_task

from warehouse import clock
from warehouse.custody import errands, tending
from warehouse.worker import hints
from warehouse.worker.process import Process, current

QUEUE = "bulk"


@shared_task(name="custody.work", ignore_result=True)
def work() -> None:
    """Do due errands until there are none, in a slot of this process."""
    current().drain(QUEUE)


@shared_task(name="custody.tend", ignore_result=True)
def tend() -> None:
    """Ask for what is to be forgotten by now, and clear expired archives away."""
    if tending.tend(now=clock.now()):
        current().wake(QUEUE)


def hint() -> None:
    """Wake a worker; returns at once whatever the broker does."""
    hints.send(work.name, _publish)


def reconcile(process: Process) -> None:
    """Take over what dead workers left, and start on what is due: a hint may have been lost."""
    now = process.clock()
    if process.alone:
        errands.take_over(owner=process.id, now=now)
    tending.now_and_then(now=now)
    if not process.slots.full(QUEUE) and errands.due(now=now):
        process.wake(QUEUE)


def _publish() -> None:
    work.apply_async(retry=False)
