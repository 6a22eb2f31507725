"""The canary: shows that messages of the broker still reach this worker."""

from celery import shared_task

from warehouse import clock
from warehouse.worker import liveness
from warehouse.worker.process import current


@shared_task(name="worker.canary", ignore_result=True)
def canary() -> None:
    """Note that a message has arrived."""
    liveness.woken(current().id, now=clock.now())
