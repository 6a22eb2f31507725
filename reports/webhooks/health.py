"""How a webhook fares: since when nothing has arrived, and when that has gone on for too long."""

from datetime import datetime, timedelta

from reports.models import Delivery, Webhook
from reports.webhooks.outcomes import Outcome
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor

PATIENCE = timedelta(days=5)
"""How long everything may fail before the webhook is disabled."""
GONE = "The receiver answered 410 Gone: it wants no more messages."
FAILING = "Nothing has arrived for 5 days."


def note(delivery: Delivery, outcome: Outcome, *, given_up: bool, now: datetime) -> None:
    """Note what came of an attempt; disable a webhook that is gone or has failed for too long.

    Only a delivery that is given up disables: a receiver that is seldom told anything has all of
    its tries first.
    """
    hook = Webhook.objects.filter(pk=delivery.webhook_id)
    if outcome.delivered:
        hook.exclude(failing_since=None).update(failing_since=None)
        return
    if outcome.word == "disabled":
        return
    hook.filter(failing_since=None).update(failing_since=now)
    if outcome.gone:
        disable(delivery, GONE, now=now)
    elif given_up and hook.filter(failing_since__lte=now - PATIENCE).exists():
        disable(delivery, FAILING, now=now)


def disable(delivery: Delivery, reason: str, *, now: datetime) -> None:
    """Disable the delivery's webhook and end what waits for it; on record once."""
    on = Webhook.objects.filter(pk=delivery.webhook_id, enabled=True)
    if on.update(enabled=False, disabled_reason=reason):
        end_open(delivery.webhook_id, now=now)
        audit.record(
            "webhook.disabled",
            actor=Actor(),
            organization=delivery.organization,
            now=now,
            target=f"webhook:{delivery.webhook_id}",
            details={"reason": reason},
        )


def end_open(webhook_id: object, *, now: datetime) -> int:
    """End what waits for a webhook as failed; what is under way ends by itself."""
    waiting = Delivery.objects.filter(webhook_id=webhook_id, state="pending")
    return waiting.update(state="failed", due_at=None, finished_at=now)
