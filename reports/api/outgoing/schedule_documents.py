"""What the OpenAPI document says of schedules: their endpoints, what these take and give."""

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from reports.api.shapes import FORMAT
from reports.kinds import KINDS
from reports.models.outgoing import CHANNELS, DELIVERY_STATES, FIRING_STATES
from reports.schedules import cron, wishes
from reports.webhooks.outcomes import WORDS as OUTCOMES
from warehouse.gateway import documents
from warehouse.gateway.answers import JSON
from warehouse.gateway.documents import COMMON, KEY, ORGANIZATION, PAGING, POSTED, Decorator
from warehouse.gateway.shapes import (
    COUNT,
    FLAG,
    ID,
    INSTANT,
    TEXT,
    Schema,
    closed,
    nullable,
    page_of,
    reference,
    several,
)

EMAILS = several(
    {"type": "string", "format": "email"},
    minItems=1,
    maxItems=wishes.MOST_EMAILS,
    uniqueItems=True,
    description="Addresses of members of the organization.",
)
TARGET: Schema = {
    "anyOf": [
        closed({"webhook": ID}, ("webhook",)),
        closed({"emails": EMAILS, "format": {**FORMAT, "default": wishes.FORMAT}}, ("emails",)),
    ]
}
TIMING: Schema = {
    "name": {**TEXT, "minLength": 1, "maxLength": wishes.LONGEST_NAME},
    "cron": {
        **TEXT,
        "minLength": 1,
        "maxLength": cron.LONGEST,
        "description": (
            "Minute, hour, day, month, weekday, or one of "
            f"{', '.join(cron.MACROS)}; at least five minutes between any two times."
        ),
        "examples": ["0 8 * * MON"],
    },
    "timezone": {
        **reference("TimeZone"),
        "description": "Whose clock `cron` goes by; default: the organization's.",
    },
    "deliver": TARGET,
    "enabled": {**FLAG, "default": True},
}
KIND: Schema = {"type": "string", "enum": list(KINDS)}
SIZE = f"The question; at most {wishes.MOST_BYTES:,} bytes of JSON."
NEW: Schema = {
    "anyOf": [
        closed(
            {
                "kind": {"const": kind},
                "request": {**reference(f"{kind.title()}Export"), "description": SIZE},
                **TIMING,
            },
            ("name", "kind", "cron", "deliver"),
        )
        for kind in KINDS
    ]
}
SUMMARY: Schema = {
    "id": ID,
    "due_at": {**INSTANT, "description": "Relative periods are as of this time."},
    "fired_at": INSTANT,
    "by_hand": FLAG,
    "state": {"type": "string", "enum": list(FIRING_STATES)},
    "finished_at": nullable(INSTANT),
    "report": nullable(ID),
    "error": {
        **nullable(reference("ReportProblem")),
        "description": "Why there is no answer, or why not everybody was told of one.",
    },
}
SCHEDULE: Schema = {
    "id": ID,
    "kind": KIND,
    "request": {"type": "object"},
    **TIMING,
    "timezone": TEXT,
    "enabled": FLAG,
    "next_at": nullable(INSTANT),
    "last": nullable(closed(SUMMARY, tuple(SUMMARY))),
    "created_at": INSTANT,
    "created_by": {**TEXT, "description": "user:ID or key:ID."},
}
SENT: Schema = {
    "id": ID,
    "channel": {"type": "string", "enum": list(CHANNELS)},
    "webhook": nullable(ID),
    "recipient": nullable(TEXT),
    "state": {"type": "string", "enum": list(DELIVERY_STATES)},
    "attempts": {**COUNT, "description": "How often it was tried."},
    "outcome": {
        **nullable({"type": "string", "enum": list(OUTCOMES)}),
        "description": "Of the last attempt, in the words of `WebhookAttempt`; null before any.",
    },
    "detail": {**nullable(TEXT), "description": "What else is known of the last attempt."},
}
LINKS = dict.fromkeys(("schedule", "report", "result"), nullable(TEXT))
FIRING: Schema = {
    **SUMMARY,
    "deliveries": several(closed(SENT, tuple(SENT))),
    "links": closed(LINKS, tuple(LINKS)),
}
COMPONENTS: dict[str, Schema] = {
    "Schedule": closed(SCHEDULE, tuple(SCHEDULE)),
    "SchedulePage": page_of("Schedule"),
    "NewSchedule": NEW,
    "ScheduleChange": closed(
        {"kind": KIND, "request": {"type": "object", "description": SIZE}, **TIMING}
    ),
    "Firing": closed(FIRING, tuple(FIRING)),
    "FiringPage": page_of("Firing"),
}
WORDS = {
    "Schedule": "The schedule, when it is due next, and how it last went.",
    "SchedulePage": "One page of schedules, the newest first.",
    "Firing": "The firing; its report is on its way.",
    "FiringPage": "One page of firings, the latest due first.",
}
EXAMPLE: dict[str, Any] = {
    "name": "Traffic of the week",
    "kind": "traffic",
    "request": {"period": "last_7_days", "granularity": "day", "breakdown": ["source"]},
    "cron": "0 8 * * MON",
    "timezone": "Europe/Berlin",
    "deliver": {"emails": ["grace@example.com"], "format": "xlsx"},
}
SCHEDULE_ID = OpenApiParameter("schedule_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
described = partial(documents.described, words=WORDS)


def listing(name: str, page: str, *path: OpenApiParameter) -> Decorator[Any]:
    """Describe a list in pages."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, *path, *PAGING],
        answers={200: page},
        refusals=(*COMMON, *((404,) if path else ())),
        examples=[documents.nothing(page)],
    )


def making() -> Decorator[Any]:
    """Describe the POST of a schedule."""
    return described(
        name="create_schedule",
        request={JSON: reference("NewSchedule")},
        parameters=[ORGANIZATION, KEY],
        answers={201: "Schedule"},
        refusals=(*POSTED, 409),
        examples=[OpenApiExample("weekly", EXAMPLE, request_only=True, media_type=JSON)],
    )


def showing() -> Decorator[Any]:
    """Describe looking at a schedule."""
    return described(
        name="show_schedule",
        request=None,
        parameters=[ORGANIZATION, SCHEDULE_ID],
        answers={200: "Schedule"},
        refusals=(*COMMON, 404),
        examples=[],
    )


def changing() -> Decorator[Any]:
    """Describe the PATCH of a schedule."""
    example = {"cron": "0 7 * * MON-FRI", "timezone": "Europe/Vienna"}
    return described(
        name="change_schedule",
        request={JSON: reference("ScheduleChange")},
        parameters=[ORGANIZATION, SCHEDULE_ID],
        answers={200: "Schedule"},
        refusals=(*COMMON, 404, 413, 415),
        examples=[OpenApiExample("earlier", example, request_only=True, media_type=JSON)],
    )


def removing() -> Decorator[Any]:
    """Describe the DELETE of a schedule."""
    return described(
        name="remove_schedule",
        request=None,
        parameters=[ORGANIZATION, SCHEDULE_ID],
        answers={},
        refusals=(*COMMON, 404),
        examples=[],
        further={204: OpenApiResponse(None, "It fires no more; reports under way go on.")},
    )


def running() -> Decorator[Any]:
    """Describe firing a schedule by hand."""
    return described(
        name="run_schedule",
        request={JSON: closed({})},
        parameters=[ORGANIZATION, KEY, SCHEDULE_ID],
        answers={202: "Firing"},
        refusals=(*POSTED, 404, 409, 429),
        examples=[],
    )
