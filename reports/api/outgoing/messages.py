"""What the OpenAPI document says of the messages themselves: one webhook for each type of them."""

from reports.webhooks.fanout import EVENTS
from reports.webhooks.webhooks import TEST
from warehouse.gateway.answers import JSON
from warehouse.gateway.shapes import ID, INSTANT, TEXT, Schema, nullable, reference

TRIED: Schema = {
    "id": ID,
    "name": TEXT,
    "kind": TEXT,
    "cron": TEXT,
    "timezone": TEXT,
    "firing": {**ID, "description": "See `/schedules/ID/firings`."},
    "due_at": INSTANT,
    "by_hand": {"type": "boolean", "description": "Somebody ran it; nothing was due."},
}
PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong, as the API tells problems.",
}
REPORT: Schema = {
    **reference("Report"),
    "description": "The report, as `GET /reports/ID` showed it then; its links are whole.",
}
RESULT: Schema = {
    "type": "object",
    "description": "The result, up to 256 KiB; null where it is larger or was kept no longer.",
}


def _open(properties: Schema) -> Schema:
    """Return an object that has these properties, and others in time."""
    return {"type": "object", "properties": properties, "required": list(properties)}


COMPONENTS: dict[str, Schema] = {
    "WebhookReportData": _open({"report": REPORT}),
    "WebhookScheduleData": _open(
        {
            "schedule": _open(TRIED),
            "report": {
                **nullable(REPORT),
                "description": "The report it asked for; null where none could be begun.",
            },
            "error": {
                **nullable(PROBLEM),
                "description": "Of `schedule.failed` why; else null.",
            },
            "result": nullable(RESULT),
        }
    ),
    "WebhookTestData": _open({"webhook": _open({"id": ID, "description": TEXT})}),
}
SCHEDULES = ("schedule.succeeded", "schedule.failed")
TOLD = {
    **dict.fromkeys(EVENTS, "WebhookReportData"),
    **dict.fromkeys(SCHEDULES, "WebhookScheduleData"),
    TEST: "WebhookTestData",
}
SENT = tuple(TOLD)
"""The types of messages there are."""
WHEN = {
    "report.succeeded": "A report has a result.",
    "report.failed": "A report has failed.",
    "report.cancelled": "A report was cancelled.",
    "schedule.succeeded": "A schedule that delivers here has an answer.",
    "schedule.failed": "A schedule that delivers here got no answer.",
    TEST: "Somebody tries the webhook out (`POST /webhooks/ID/test`).",
}
HEADERS = {
    "webhook-id": "The same at every try: remember it to know repeats.",
    "webhook-timestamp": "When this try was made, in seconds since 1970.",
    "webhook-signature": "One or several signatures, `v1,` and base64, with spaces between.",
}


def _sent(name: str) -> Schema:
    """Return one webhook of the document."""
    body = {"properties": {"type": {"const": name}, "data": reference(TOLD[name])}}
    heads = [
        {"name": head, "in": "header", "required": True, "schema": TEXT, "description": words}
        for head, words in HEADERS.items()
    ]
    content = {JSON: {"schema": {"allOf": [reference("WebhookMessage"), body]}}}
    return {
        "summary": WHEN[name],
        "tags": ["webhooks"],
        "parameters": heads,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "2XX": {"description": "It has arrived; the body is not looked at."},
            "410": {"description": "Nothing more is to be sent here: the webhook is disabled."},
            "default": {"description": "It is sent again later."},
        },
    }


WEBHOOKS: Schema = {name: {"post": _sent(name)} for name in SENT}
