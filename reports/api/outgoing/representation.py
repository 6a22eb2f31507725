"""Webhooks, deliveries and attempts as they are shown."""

from collections.abc import Sequence
from typing import Any

from reports.models import Attempt, Delivery, Webhook


def webhook(hook: Webhook) -> dict[str, Any]:
    """Return a webhook, without its secret."""
    return {
        "id": str(hook.pk),
        "url": hook.url,
        "description": hook.description,
        "events": hook.events,
        "enabled": hook.enabled,
        "disabled_reason": hook.disabled_reason or None,
        "failing_since": hook.failing_since,
        "previous_secret_until": hook.previous_until,
        "created_at": hook.created_at,
        "created_by": hook.created_by,
    }


def webhooks(hooks: Sequence[Webhook]) -> list[dict[str, Any]]:
    """Return webhooks."""
    return [webhook(hook) for hook in hooks]


def delivery(sent: Delivery) -> dict[str, Any]:
    """Return a delivery as lists show it."""
    return {
        "id": str(sent.pk),
        "message_id": f"msg_{sent.pk.hex}",
        "type": sent.type,
        "state": sent.state,
        "tries": sent.tries,
        "report_id": str(sent.report_id) if sent.report_id else None,
        "created_at": sent.created_at,
        "next_try_at": sent.due_at if sent.state == "pending" else None,
        "finished_at": sent.finished_at,
    }


def deliveries(rows: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Return deliveries."""
    return [delivery(row) for row in rows]


def whole(sent: Delivery) -> dict[str, Any]:
    """Return a delivery with what is told and every attempt, the first one first."""
    attempts = [_attempt(one) for one in sent.attempts.order_by("number")]
    return {**delivery(sent), "data": sent.payload, "attempts": attempts}


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": one.at,
        "outcome": one.outcome,
        "status": one.status,
        "detail": one.detail,
        "elapsed_ms": one.elapsed_ms,
    }
