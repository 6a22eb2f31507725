"""From the journal to deliveries: what a webhook is told of is written next to how far it looked.

Jobs know nothing of it, and pay nothing. Both are one transaction, whose first statement is the
conditional UPDATE of the cursor: of two workers at once one finds it moved, and a death leaves
neither.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from reports import journal
from reports.models import Delivery, EventCursor, ReportEvent, Webhook

EVENTS = ("report.succeeded", "report.failed", "report.cancelled")
"""What may be subscribed to."""
AT_ONCE = 500


def spread(*, now: datetime) -> int:
    """Write deliveries of all that webhooks have not been told yet; return how many."""
    count = 0
    while behind := list(_behind()[:AT_ONCE]):
        told = [_advance(hook, now) for hook in behind]
        count += sum(told)
    return count


def _behind() -> QuerySet[Webhook]:
    """Return webhooks whose organization has events that they have not looked at."""
    newest = EventCursor.objects.filter(organization_id=OuterRef("organization_id"))
    asking = Webhook.objects.filter(enabled=True).exclude(events=[])
    return asking.annotate(newest=Subquery(newest.values("last"))).filter(newest__gt=F("cursor"))


def _advance(hook: Webhook, now: datetime) -> int:
    """Take one webhook a step further: up to `AT_ONCE` events, or all there are."""
    newest = journal.newest(str(hook.organization_id))
    later = journal.since(str(hook.organization_id), hook.cursor)
    # Up to what was the newest before the look: numbers become visible in order.
    wanted = later.filter(cursor__lte=newest, type__in=hook.events, report__announced=True)
    found = list(wanted[:AT_ONCE])
    reached = found[-1].cursor if len(found) == AT_ONCE else newest
    as_seen = Webhook.objects.filter(pk=hook.pk, cursor=hook.cursor, enabled=True)
    with transaction.atomic():
        if not as_seen.update(cursor=reached):
            return 0
        Delivery.objects.bulk_create(_written(hook, found, now))
    return len(found)


def _written(hook: Webhook, found: Sequence[ReportEvent], now: datetime) -> list[Delivery]:
    return [
        Delivery(
            organization_id=hook.organization_id,
            channel="webhook",
            webhook=hook,
            type=event.type,
            report_id=event.report_id,
            event=event.cursor,
            payload={"report": event.payload},
            due_at=now,
            created_at=event.at,
        )
        for event in found
    ]
