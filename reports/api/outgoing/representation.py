"""Webhooks, deliveries and attempts as they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reports.models import Attempt, Delivery, Webhook
from reports.webhooks import signing
from reports.webhooks.webhooks import shown


def webhook(hook: Webhook, *, whole: bool) -> dict[str, Any]:
    """Return a webhook, without its secret; its `whole` URL is for those who may change it."""
    return {
        "id": str(hook.pk),
        "url": hook.url if whole else f"{shown(hook.url)}/…",
        "description": hook.description,
        "events": hook.events,
        "enabled": hook.enabled,
        "disabled_reason": hook.disabled_reason or None,
        "failing_since": hook.failing_since,
        "previous_secret_until": hook.previous_until,
        "created_at": hook.created_at,
        "created_by": hook.created_by,
    }


def webhooks(hooks: Sequence[Webhook], *, whole: bool) -> list[dict[str, Any]]:
    """Return webhooks."""
    return [webhook(hook, whole=whole) for hook in hooks]


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
        "next_try_at": _next_try(sent),
        "finished_at": sent.finished_at,
    }


def _next_try(sent: Delivery) -> datetime | None:
    """Return when a delivery is tried at the earliest: its webhook may rest for longer."""
    if sent.state != "pending" or sent.due_at is None or sent.webhook is None:
        return None
    return max(sent.due_at, sent.webhook.ready_at or sent.due_at)


def deliveries(rows: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Return deliveries."""
    return [delivery(row) for row in rows]


def whole(sent: Delivery) -> dict[str, Any]:
    """Return a delivery with what is told and every attempt, the first one first."""
    attempts = [_attempt(one) for one in sent.attempts.order_by("number")]
    return {**delivery(sent), "data": signing.data(sent), "attempts": attempts}


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": one.at,
        "outcome": one.outcome,
        "status": one.status,
        "detail": one.detail,
        "elapsed_ms": one.elapsed_ms,
    }
