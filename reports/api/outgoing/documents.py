"""What the OpenAPI document says of webhooks: their endpoints, and the message that is sent."""

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from reports.api.outgoing.components import WORDS
from reports.models.outgoing import DELIVERY_STATES
from warehouse.gateway import documents
from warehouse.gateway.answers import JSON
from warehouse.gateway.documents import (
    COMMON,
    KEY,
    ORGANIZATION,
    PAGING,
    POSTED,
    Decorator,
    parameter,
)
from warehouse.gateway.shapes import commas, reference

described = partial(documents.described, words=WORDS)
WEBHOOK_ID = OpenApiParameter("webhook_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
DELIVERY_ID = OpenApiParameter("delivery_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
STATE = parameter("state", "One or several, by commas.", commas(DELIVERY_STATES))
EXAMPLES: dict[str, Any] = {
    "NewWebhook": {
        "url": "https://hooks.example.com/trellis",
        "description": "Tells the data team",
        "events": ["report.succeeded", "report.failed"],
    },
    "WebhookChange": {
        "description": "Tells the data team of failures",
        "events": ["report.failed"],
    },
    "SecretRotation": {"overlap_seconds": 3600},
}


def listing(name: str, page: str, *, of_one: bool = False) -> Decorator[Any]:
    """Describe a list in pages; `of_one`: of one webhook's deliveries."""
    of = [WEBHOOK_ID, STATE] if of_one else []
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, *of, *PAGING],
        answers={200: page},
        refusals=(*COMMON, 404) if of_one else COMMON,
        examples=[documents.nothing(page)],
    )


def showing(name: str, shown: str, *path: OpenApiParameter) -> Decorator[Any]:
    """Describe looking at one thing."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, WEBHOOK_ID, *path],
        answers={200: shown},
        refusals=(*COMMON, 404),
        examples=[],
    )


def changing(name: str, taken: str, shown: str) -> Decorator[Any]:
    """Describe a PATCH of a webhook."""
    return described(
        name=name,
        request={JSON: reference(taken)},
        parameters=[ORGANIZATION, WEBHOOK_ID],
        answers={200: shown},
        refusals=(*COMMON, 404, 413, 415),
        examples=[_sent(name, taken)],
    )


def making(
    name: str,
    taken: str | None,
    shown: str,
    *path: OpenApiParameter,
    of_one: bool = False,
    status: int = 201,
) -> Decorator[Any]:
    """Describe a POST that makes something, or does something to one webhook."""
    of = (WEBHOOK_ID, *path) if of_one else ()
    return described(
        name=name,
        request={JSON: reference(taken)} if taken else None,
        parameters=[ORGANIZATION, KEY, *of],
        answers={status: shown},
        refusals=(*POSTED, *((404,) if of_one else ()), 409),
        examples=[_sent(name, taken)] if taken else [],
    )


def removing(name: str, what: str) -> Decorator[Any]:
    """Describe the DELETE of a webhook."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, WEBHOOK_ID],
        answers={},
        refusals=(*COMMON, 404, 409),
        examples=[],
        further={204: OpenApiResponse(None, what)},
    )


def _sent(name: str, taken: str) -> OpenApiExample:
    return OpenApiExample(name, EXAMPLES[taken], request_only=True, media_type=JSON)
