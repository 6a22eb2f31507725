"""How a webhook fares: since when nothing has arrived, and when that has gone on for too long.

One that answers nothing is left in peace for a while, with all that waits for it: each try of it
takes a place for as long as a try may take.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from reports.models import Attempt, Delivery, Webhook
from reports.webhooks.outcomes import TRIES, Outcome
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor

OURS = ("disabled", "fault")
"""Failures that say nothing of the receiver."""
SILENT = ("timeout", "unreachable")
"""Failures without an answer."""
RESTS = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
"""How long a webhook rests after so many tries in a row without an answer, or more."""
LONGEST_REST = RESTS[-1]
PATIENCE = timedelta(days=5)
"""How long everything may fail before the webhook is disabled."""
GONE = "The receiver answered 410 Gone: it wants no more messages."
FAILING = "Nothing has arrived for 5 days."


def note(hook: Webhook, outcome: Outcome, *, given_up: bool, now: datetime) -> None:
    """Note what came of an attempt; disable a webhook that is gone or has failed for too long.

    A receiver that is seldom told anything has as many tries first as a message has.
    """
    row = Webhook.objects.filter(pk=hook.pk)
    _rest(row, outcome, now)
    if outcome.delivered:
        row.exclude(failing_since=None).update(failing_since=None)
        return
    if outcome.word in OURS:
        return
    row.filter(failing_since=None).update(failing_since=now)
    if outcome.gone:
        disable(hook, GONE, now=now)
    elif row.filter(failing_since__lte=now - PATIENCE).exists() and (
        given_up or _tried_enough(hook)
    ):
        disable(hook, FAILING, now=now)


def wake(hook: Webhook) -> None:
    """End a webhook's rest, because a person asks for something to be sent there."""
    hook.ready_at = None
    hook.save(update_fields=["ready_at"])


def _tried_enough(hook: Webhook) -> bool:
    """Tell whether the webhook was tried as often since it fails as one message is."""
    since = Webhook.objects.filter(pk=hook.pk).values("failing_since")
    return Attempt.objects.filter(delivery__webhook=hook, at__gte=since).count() >= TRIES


def disable(hook: Webhook, reason: str, *, now: datetime) -> None:
    """Disable a webhook and end what waits for it; on record once."""
    on = Webhook.objects.filter(pk=hook.pk, enabled=True)
    if on.update(enabled=False, disabled_reason=reason):
        end_open(hook.pk, now=now)
        audit.record(
            "webhook.disabled",
            actor=Actor(),
            organization=hook.organization,
            now=now,
            target=f"webhook:{hook.pk}",
            details={"reason": reason},
        )


def end_open(webhook_id: UUID, *, now: datetime) -> int:
    """End what waits for a webhook as failed; what is under way ends by itself."""
    waiting = Delivery.objects.filter(webhook_id=webhook_id, state="pending")
    return waiting.update(state="failed", due_at=None, finished_at=now)


def _rest(row: QuerySet[Webhook], outcome: Outcome, now: datetime) -> None:
    """Note the try, whose end puts the webhook behind its organization's others."""
    before = row.values_list("silent", flat=True).first() or 0
    silent = min(before + 1, len(RESTS) - 1) if outcome.word in SILENT else 0
    row.update(silent=silent, ready_at=now + RESTS[silent])
