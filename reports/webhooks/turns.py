"""Whose turn it is to be sent to: organizations take turns, and in each its receivers do.

A receiver is a webhook, or all that an organization gets by letter. Of each one delivery is under
way at a time; of an organization's webhooks `AT_ONCE`, and its letters beside them. Webhooks that
did not answer rest (`reports.webhooks.health`) and have half of these places at most, so that the
others need not wait for them.
"""

import uuid
from collections import Counter
from collections.abc import Sequence, Set
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from reports.models import Delivery, Turn, Webhook
from reports.webhooks.health import LONGEST_REST
from reports.webhooks.outcomes import LONGEST_WAIT
from warehouse.sql.reports import TURN
from warehouse.tenancy.models import Organization

QUEUE, LETTERS = "deliveries", "letters"
AT_ONCE = 4
"""To how many webhooks of one organization something is under way at the same time."""
SILENT_AT_ONCE = AT_ONCE // 2
NEVER = datetime.fromtimestamp(0, UTC)
Receiver = uuid.UUID | None
"""A webhook's id; None stands for the letters."""


def next_one(now: datetime, lease: timedelta) -> Delivery | None:
    """Return the oldest due delivery of the receiver that was tried longest ago.

    The oldest by when it was created, so that of many to a dead receiver the first has had all of
    its tries long before the last has had one, and is not put off for weeks.
    """
    free = _free(now, lease)
    waiting = set(free.values_list("organization_id", flat=True).distinct())
    active = Organization.objects.filter(pk__in=waiting, suspended_at=None)
    owners = sorted(active.values_list("pk", flat=True))
    if not owners:
        return None
    turns = Turn.objects.filter(queue=QUEUE, organization_id__in=owners)
    served = dict(turns.values_list("organization_id", "served"))
    owner = min(owners, key=lambda one: served.get(one, 0))
    own = free.filter(organization_id=owner)
    receivers: set[Receiver] = set(own.values_list("webhook_id", flat=True).distinct())
    tried = _tried(owner, receivers)
    first = [one for one in receivers if tried[one] == min(tried.values())]
    heads = [_of(own, one).order_by("created_at", "due_at").first() for one in first]
    return min(filter(None, heads), key=lambda one: (one.created_at, one.due_at), default=None)


def room(found: Delivery, now: datetime, lease: timedelta) -> bool:
    """Tell whether the receiver and its organization may have one more under way."""
    busy = _sending(now, lease).filter(organization_id=found.organization_id)
    receivers = list(busy.values_list("webhook_id", "webhook__silent"))
    if found.webhook_id in [hook for hook, _ in receivers]:
        return False
    silents = [silent for hook, silent in receivers if hook]
    return found.webhook is None or _may(found.webhook, silents)


def take(found: Delivery, now: datetime) -> None:
    """Note the organization's turn; its row keeps its limits between workers until the commit."""
    queues = (QUEUE,) if found.webhook_id else (QUEUE, LETTERS)
    with connection.cursor() as cursor:
        for queue in queues:
            cursor.execute(TURN, (found.organization_id.hex, queue, int(now.timestamp() * 1000)))


def _free(now: datetime, lease: timedelta) -> QuerySet[Delivery]:
    """Return what is due to receivers that may have one more under way."""
    busy = list(
        _sending(now, lease).values_list("organization_id", "webhook_id", "webhook__silent")
    )
    full = _reached(AT_ONCE, [owner for owner, hook, _ in busy if hook])
    tired = _reached(SILENT_AT_ONCE, [owner for owner, _, silent in busy if silent])
    written_to = [owner for owner, hook, _ in busy if hook is None]
    rests = Q(ready_at__gt=now, ready_at__lte=now + 2 * LONGEST_REST)
    barred = Webhook.objects.filter(rests | Q(organization_id__in=tired, silent__gt=0))
    return (
        _due(now, lease)
        .exclude(organization_id__in=full, webhook_id__isnull=False)
        .exclude(organization_id__in=written_to, webhook_id__isnull=True)
        .exclude(webhook_id__in={hook for _, hook, _ in busy if hook})
        .exclude(webhook_id__in=barred.values("pk"))
    )


def _of(own: QuerySet[Delivery], receiver: Receiver) -> QuerySet[Delivery]:
    if receiver is None:
        return own.filter(webhook_id__isnull=True)
    return own.filter(webhook_id=receiver).select_related("webhook")


def _reached(most: int, owners: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return those that are there so often, or more."""
    return [owner for owner, count in Counter(owners).items() if count >= most]


def _may(hook: Webhook, silents: Sequence[int]) -> bool:
    """Tell whether there is a place beside those under way, of which each was silent so often."""
    tired = hook.silent > 0 and sum(map(bool, silents)) >= SILENT_AT_ONCE
    return len(silents) < AT_ONCE and not tired


def _tried(owner: uuid.UUID, receivers: Set[Receiver]) -> dict[Receiver, datetime]:
    """Return when each of an organization's receivers was ready again after its last try."""
    hooks = Webhook.objects.filter(pk__in=[one for one in receivers if one])
    ready = {pk: at or NEVER for pk, at in hooks.values_list("pk", "ready_at")}
    tried: dict[Receiver, datetime] = {one: ready.get(one, NEVER) for one in receivers if one}
    if None in receivers:
        turns = Turn.objects.filter(queue=LETTERS, organization_id=owner)
        served = turns.values_list("served", flat=True).first() or 0
        tried[None] = datetime.fromtimestamp(served / 1000, UTC)
    return tried


def _sending(now: datetime, lease: timedelta) -> QuerySet[Delivery]:
    """Return what is under way."""
    return Delivery.objects.filter(lease_until__gt=now, lease_until__lt=now + 2 * lease)


def _due(now: datetime, lease: timedelta) -> QuerySet[Delivery]:
    """Return what may be sent now and is not under way.

    A wait or a lease longer than any that is given was set before the clock was put back.
    """
    past = Q(due_at__lte=now) | Q(due_at__gt=now + 2 * LONGEST_WAIT)
    free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gte=now + 2 * lease)
    return Delivery.objects.filter(past, free, due_at__isnull=False)  # as the index has it
