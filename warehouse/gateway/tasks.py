"""The gateway's housekeeping."""

from celery import shared_task

from warehouse.clock import now
from warehouse.gateway import idempotency


@shared_task(name="gateway.purge")
def purge() -> None:
    """Forget idempotency keys that are older than a day."""
    idempotency.purge(now=now())
