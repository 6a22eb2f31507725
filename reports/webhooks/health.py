"""How a webhook fares: since when nothing has arrived, and when that has gone on for too long."""

from datetime import datetime, timedelta
from uuid import UUID

from reports.models import Attempt, Delivery, Webhook
from reports.webhooks.outcomes import TRIES, Outcome
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor

OURS = ("disabled", "fault")
"""Failures that say nothing of the receiver."""
PATIENCE = timedelta(days=5)
"""How long everything may fail before the webhook is disabled."""
GONE = "The receiver answered 410 Gone: it wants no more messages."
FAILING = "Nothing has arrived for 5 days."


def note(hook: Webhook, outcome: Outcome, *, given_up: bool, now: datetime) -> None:
    """Note what came of an attempt; disable a webhook that is gone or has failed for too long.

    A receiver that is seldom told anything has as many tries first as a message has.
    """
    row = Webhook.objects.filter(pk=hook.pk)
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
