"""Sends what is due, one delivery after the other: claims it, tries once, and settles it.

Only workers send, in threads of their own. A lease is longer than any try, so none is renewed.
"""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import Error as DatabaseFault
from django.db import close_old_connections

from reports import limits
from reports.models import Delivery
from reports.webhooks import deliveries, fanout, letters, signing
from reports.webhooks.deliveries import LostDelivery
from reports.webhooks.outcomes import Outcome
from reports.webhooks.posting import Poster
from reports.webhooks.turns import QUEUE
from warehouse.gateway import context
from warehouse.worker.process import Process

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=90)
ROTATE = "The webhook's secret cannot be read: the installation's key was changed. Rotate it."


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs: who sends, by which clock, and how messages are posted."""

    owner: uuid.UUID
    clock: Callable[[], datetime]
    poster: Poster

    def work_once(self, claimed: Callable[[], object] = lambda: None) -> bool:
        """Try the delivery that is due next, and call `claimed` before; False where none is."""
        delivery = deliveries.claim(owner=self.owner, now=self.clock(), lease=LEASE)
        if delivery is None:
            return False
        context.organization.set(delivery.organization.slug)
        try:
            claimed()
            deliveries.settle(delivery, self._tried(delivery), now=self.clock())
        except LostDelivery:
            _tell_lost(delivery)
        finally:
            context.organization.set("")
        return True

    def due(self) -> bool:
        """Tell whether there is anything to send now."""
        return deliveries.due(now=self.clock(), lease=LEASE)

    def _tried(self, delivery: Delivery) -> Outcome:
        begun = time.monotonic()
        try:
            _read_again(delivery)
            outcome = self._told(delivery)
        except LostDelivery:
            raise
        except Exception as fault:  # the delivery's outermost door: a fault must not kill the slot
            log.exception("the delivery %s hit a fault of ours", delivery.pk)
            if isinstance(fault, DatabaseFault):
                close_old_connections()
            outcome = Outcome("fault", detail=type(fault).__name__)
        return replace(outcome, elapsed_ms=round((time.monotonic() - begun) * 1000))

    def _told(self, delivery: Delivery) -> Outcome:
        hook, now = delivery.webhook, self.clock()
        if hook is None:
            return letters.send(delivery)
        if not hook.enabled:
            return Outcome("disabled", last=True)
        signers = signing.keys(hook, now)
        if not signers:
            return Outcome("no-secret", detail=ROTATE)
        body = signing.message(delivery)
        head = signing.headers(signing.id_of(delivery), body, signers, now=now)
        return self.poster.post(hook.url, body, head)


def _read_again(delivery: Delivery) -> None:
    """Take what is told as it stands: what was erased since the claim is not sent."""
    held = Delivery.objects.filter(pk=delivery.pk, attempt=delivery.attempt)
    found = held.values_list("payload", flat=True).first()
    if found is None:
        raise LostDelivery(str(delivery))
    delivery.payload = found


def work_once(process: Process, sender: Sender) -> bool:
    """Send one delivery; while it is under way another slot looks for more."""
    return sender.work_once(lambda: _start_due(process, sender))


def reconcile(process: Process, sender: Sender) -> None:
    """Write what webhooks are to be told, start on what is due, and forget what is old."""
    now = process.clock()
    if process.alone:
        deliveries.take_over(owner=process.id, now=now)
    fanout.spread(now=now)
    _start_due(process, sender)
    deliveries.purge(before=now - limits.ROWS_KEPT)


def _tell_lost(delivery: Delivery) -> None:
    if Delivery.objects.filter(pk=delivery.pk).exists():
        log.warning("the delivery %s was taken over", delivery.pk)
    else:
        log.info("the delivery %s was removed while it was sent", delivery.pk)


def _start_due(process: Process, sender: Sender) -> None:
    if not process.slots.full(QUEUE) and sender.due():
        process.wake(QUEUE)
