"""What each worker does for schedules every few seconds; harmless when doubled."""

from reports.schedules import endings, firing
from warehouse.worker.process import Process


def reconcile(process: Process) -> None:
    """Fire what is due, and end what has its answer."""
    now = process.clock()
    firing.fire(now=now)
    endings.settle(now=now)
