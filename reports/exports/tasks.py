"""What Celery runs for exports: a hint's work. They have a queue of their own, with one slot."""

from celery import shared_task

from reports.tasks import start_due
from warehouse.worker import hints
from warehouse.worker.process import Process, current

QUEUE = "bulk"


@shared_task(name="exports.work", ignore_result=True)
def work() -> None:
    """Run due jobs until there are none, in a slot of this process."""
    current().drain(QUEUE)


def hint() -> None:
    """Wake a worker; returns at once whatever the broker does."""
    hints.send(work.name, _publish)


def reconcile(process: Process) -> None:
    """Start on what is due: a hint may have been lost."""
    start_due(process, QUEUE)


def _publish() -> None:
    work.apply_async(retry=False)
