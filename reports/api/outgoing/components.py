"""The components of the OpenAPI document that the doors of webhooks take and give."""

from typing import Any

from reports.api.outgoing import messages
from reports.models.outgoing import DELIVERY_STATES
from reports.webhooks import webhooks
from reports.webhooks.fanout import EVENTS
from reports.webhooks.guard import LONGEST_URL
from reports.webhooks.outcomes import WORDS as OUTCOMES
from warehouse.gateway import documents
from warehouse.gateway.shapes import (
    COUNT,
    FLAG,
    ID,
    INSTANT,
    TEXT,
    URI,
    Schema,
    closed,
    nullable,
    page_of,
    reference,
    several,
)

TYPES = several({"type": "string", "enum": list(EVENTS)}, uniqueItems=True)
WISH: Schema = {
    "url": {**URI, "minLength": 1, "maxLength": LONGEST_URL},
    "description": {**TEXT, "maxLength": webhooks.LONGEST_DESCRIPTION},
    "events": {
        **TYPES,
        "description": "None: only schedules that name the webhook are delivered to it.",
    },
}
WEBHOOK: Schema = {
    "id": ID,
    "url": {
        **TEXT,
        "description": (
            "Where messages go. Without the scope `organization:admin` scheme and host only, as "
            "`https://host/…`: many hold a password in their path."
        ),
    },
    "description": TEXT,
    "events": TYPES,
    "enabled": FLAG,
    "disabled_reason": nullable(TEXT),
    "failing_since": nullable(INSTANT),
    "previous_secret_until": nullable(INSTANT),
    "created_at": INSTANT,
    "created_by": {**TEXT, "description": "user:ID or key:ID."},
}
SECRET = {**nullable(TEXT), "description": "Shown this once; null in a repeat of the request."}
OVERLAP: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": int(webhooks.MOST_OVERLAP.total_seconds()),
    "default": int(webhooks.OVERLAP.total_seconds()),
}
ATTEMPT: Schema = {
    "number": COUNT,
    "at": INSTANT,
    "outcome": {
        "type": "string",
        "enum": list(OUTCOMES),
        "description": "\n".join(f"- `{word}`: {says}" for word, says in OUTCOMES.items()),
    },
    "status": {**nullable(COUNT), "description": "The HTTP status, if one came."},
    "detail": TEXT,
    "elapsed_ms": COUNT,
}
TOLD: Schema = {
    "type": "object",
    "description": (
        "What is told: of `report.…` a `WebhookReportData`, of `schedule.…` a "
        "`WebhookScheduleData`, of `webhook.test` a `WebhookTestData`. Keys are added in time."
    ),
}
LISTED: Schema = {
    "id": ID,
    "message_id": {**TEXT, "description": "The `webhook-id` that the receiver sees."},
    "type": TEXT,
    "state": {"type": "string", "enum": list(DELIVERY_STATES)},
    "tries": COUNT,
    "report_id": nullable(ID),
    "created_at": INSTANT,
    "next_try_at": {
        **nullable(INSTANT),
        "description": "At the earliest; a webhook that answers nothing rests.",
    },
    "finished_at": nullable(INSTANT),
}
MESSAGE: Schema = {
    "type": {**TEXT, "description": f"{', '.join(messages.SENT)} and others to come."},
    "timestamp": {**INSTANT, "description": "When it happened; the same at every try."},
    "data": TOLD,
}


def _whole(properties: Schema) -> Schema:
    return closed(properties, tuple(properties))


COMPONENTS: dict[str, Schema] = {
    "Webhook": _whole(WEBHOOK),
    "WebhookPage": page_of("Webhook"),
    "NewWebhook": closed(WISH, ("url",)),
    "WebhookChange": closed({**WISH, "enabled": FLAG}),
    "IssuedWebhook": _whole({"webhook": reference("Webhook"), "secret": SECRET}),
    "SecretRotation": closed({"overlap_seconds": OVERLAP}),
    "WebhookAttempt": _whole(ATTEMPT),
    "ListedWebhookDelivery": _whole(LISTED),
    "WebhookDeliveryPage": page_of("ListedWebhookDelivery"),
    "WebhookDelivery": _whole(
        {**LISTED, "data": TOLD, "attempts": several(reference("WebhookAttempt"))}
    ),
    **messages.COMPONENTS,
    "WebhookMessage": {
        **_whole(MESSAGE),
        "description": (
            "The body of what is sent to a webhook, by POST with the headers `webhook-id`, "
            "`webhook-timestamp` and `webhook-signature` of the Standard Webhooks specification."
        ),
    },
}
WORDS = {
    "Webhook": "The webhook, without its secret.",
    "WebhookPage": "One page of webhooks, the newest first.",
    "IssuedWebhook": "The webhook, and its secret this once.",
    "WebhookDeliveryPage": "One page of deliveries, the newest first.",
    "WebhookDelivery": "The delivery, what it tells and every attempt.",
}


def add_components(result: Schema, **_: Any) -> Schema:
    """Put webhooks and their schemas into the document; a postprocessing hook."""
    documents.adding(COMPONENTS)(result)
    result["webhooks"] = messages.WEBHOOKS
    return result
