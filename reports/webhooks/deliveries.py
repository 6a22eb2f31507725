"""The life of deliveries: created, claimed, settled. Every change is a conditional UPDATE.

Which one is next says `reports.webhooks.turns`. Whoever lost its lease can change nothing. Nothing
here sends; `reports.webhooks.sender` does.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from reports.models import Attempt, Delivery, Firing, Report, Webhook
from reports.webhooks import health, turns
from reports.webhooks.outcomes import TRIES, Outcome, wait
from warehouse.exceptions import Conflict

RACES = 50
"""How often a claim looks again because others were faster."""
A_BATCH = 500
"""One statement deletes no more rows: on SQLite nobody else writes meanwhile."""


class LostDelivery(Exception):
    """Another worker has the delivery; whatever this one did is void."""


def create(  # noqa: PLR0913  what a delivery tells of is each its own column
    *,
    organization_id: uuid.UUID,
    type: str,
    payload: Mapping[str, Any],
    now: datetime,
    webhook: Webhook | None = None,
    recipient: str = "",
    report: Report | None = None,
    firing: Firing | None = None,
    event: int | None = None,
) -> Delivery:
    """Write a delivery that is due at once: to `webhook`, or by letter to `recipient`.

    `payload` is plain JSON: of a message its `data`, of a letter its `subject`, `text` and
    `attachment`. Call it inside the transaction of what it tells of, so that neither is lost.
    """
    return Delivery.objects.create(
        organization_id=organization_id,
        channel="webhook" if webhook else "email",
        webhook=webhook,
        recipient=recipient,
        type=type,
        report=report,
        firing=firing,
        event=event,
        payload=dict(payload),
        due_at=now,
        created_at=now,
    )


def claim(*, owner: uuid.UUID, now: datetime, lease: timedelta) -> Delivery | None:
    """Take the delivery that is next; None where there is none.

    What a dead worker had under way is taken over; it has cost a try.
    """
    for _ in range(RACES):
        found = turns.next_one(now, lease)
        if found is None:
            return None
        if _take(found, owner=owner, now=now, lease=lease):
            taken = Delivery.objects.select_related("webhook", "organization")
            return taken.filter(pk=found.pk).first()  # its webhook may be removed by now
    return None


def due(*, now: datetime, lease: timedelta) -> bool:
    """Tell whether `claim` would find something."""
    return turns.next_one(now, lease) is not None


def take_over(*, owner: uuid.UUID, now: datetime) -> None:
    """Let the leases of all other workers end: for a worker that knows that it is the only one."""
    Delivery.objects.filter(lease_until__gt=now).exclude(owner=owner).update(lease_until=now)


def settle(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Write down an attempt: delivered, to be tried again, or given up; raises `LostDelivery`."""
    with transaction.atomic():
        if delivery.webhook_id is not None:
            # Before its deliveries, as by whoever removes it: neither waits for the other.
            hook = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id)
            list(hook.values_list("pk"))
        pause = None if outcome.delivered else wait(delivery.tries, outcome)
        given_up = pause is None and not outcome.delivered
        if pause is None:
            ended = {"state": "failed" if given_up else "delivered", "finished_at": now}
            _change(delivery, due_at=None, **ended)
        else:
            _change(delivery, due_at=now + pause, state="pending")
        _note(delivery, outcome, now)
        if delivery.webhook is not None:
            health.note(delivery.webhook, outcome, given_up=given_up, now=now)


def redeliver(delivery: Delivery, *, now: datetime) -> None:
    """Send what has ended again, under the same id; raises `Conflict` while it is under way."""
    ended = Delivery.objects.filter(pk=delivery.pk, finished_at__isnull=False)
    if not ended.update(state="pending", tries=0, due_at=now, finished_at=None):
        raise Conflict("The delivery has not ended yet; wait for it to be delivered or to fail.")
    delivery.refresh_from_db()


def purge(*, before: datetime) -> int:
    """Delete what ended earlier, with its attempts; return how many deliveries there were."""
    count = 0
    past = Delivery.objects.filter(finished_at__lt=before).order_by("finished_at")
    while past.exists():
        with transaction.atomic():
            pks = list(past.select_for_update().values_list("pk", flat=True)[:A_BATCH])
            Delivery.objects.filter(pk__in=pks).delete()
        count += len(pks)
    return count


def _take(found: Delivery, *, owner: uuid.UUID, now: datetime, lease: timedelta) -> bool:
    """Begin an attempt, unless others have meanwhile, or enough of its organization."""
    with transaction.atomic():
        turns.take(found, now)
        if not turns.room(found, now, lease):
            return False
        abandoned = found.state == "sending"
        as_seen = Delivery.objects.filter(
            pk=found.pk, state=found.state, attempt=found.attempt, due_at__isnull=False
        )
        if abandoned and not _buried(found, as_seen, now):
            return False
        return bool(
            as_seen.update(
                state="sending",
                tries=F("tries") + 1,
                attempt=F("attempt") + 1,
                owner=owner,
                lease_until=now + lease,
            )
        )


def _buried(found: Delivery, as_seen: QuerySet[Delivery], now: datetime) -> bool:
    """Write down the attempt that died with its worker; False if it was the last."""
    if not as_seen.update(lease_until=now):
        return False
    _note(found, Outcome("lost"), now)
    if found.tries < TRIES:
        return True
    as_seen.update(state="failed", due_at=None, owner=None, lease_until=None, finished_at=now)
    return False


def _note(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    Attempt.objects.create(
        delivery=delivery,
        number=delivery.attempt,
        at=now - timedelta(milliseconds=outcome.elapsed_ms),
        outcome=outcome.word,
        status=outcome.status,
        detail=outcome.detail[:300],
        elapsed_ms=outcome.elapsed_ms,
    )


def _change(delivery: Delivery, **columns: Any) -> None:
    held = Delivery.objects.filter(pk=delivery.pk, state="sending", attempt=delivery.attempt)
    columns |= {"owner": None, "lease_until": None}
    if not held.update(**columns):
        raise LostDelivery(str(delivery))
    vars(delivery).update(columns)
