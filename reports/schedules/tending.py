"""What each worker does for schedules every few seconds; harmless when doubled."""

from reports.schedules import endings, firing
from warehouse.worker.process import Process


def fire(process: Process) -> None:
    """Fire what is due."""
    firing.fire(now=process.clock())


def settle(process: Process) -> None:
    """End what has its answer: apart, for a result store that hangs must hold up no firing."""
    endings.settle(now=process.clock())
