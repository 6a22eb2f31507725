"""What the OpenAPI document says of each of these endpoints."""

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

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
from warehouse.gateway.shapes import INSTANT, reference
from warehouse.tenancy.api.components import WORDS

described = partial(documents.described, words=WORDS)
KEY_ID = OpenApiParameter("key_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
INVITATION_ID = OpenApiParameter("invitation_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
MEMBER_ID = OpenApiParameter(
    "member_id", {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, OpenApiParameter.PATH
)
FILTERS = (
    parameter("action", "One or several, by commas, such as key.revoked."),
    parameter("actor", "One or several, by commas: user:ID, key:ID or system."),
    parameter("since", "Only what was done at this time or later.", INSTANT),
    parameter("until", "Only what was done before this time.", INSTANT),
)
SLOW_DOWN = (409, 429)


def listing(name: str, page: str, *filters: OpenApiParameter) -> Decorator[Any]:
    """Describe a list in pages."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, *filters, *PAGING],
        answers={200: page},
        refusals=COMMON,
        examples=[_example(page, {"items": [], "next": None})],
    )


def showing(name: str, shown: str, *path: OpenApiParameter) -> Decorator[Any]:
    """Describe looking at one thing."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, *path],
        answers={200: shown},
        refusals=(*COMMON, 404) if path else COMMON,
        examples=[],
    )


def changing(
    name: str, taken: str, shown: str, *path: OpenApiParameter, example: Any
) -> Decorator[Any]:
    """Describe a PATCH of one thing."""
    return described(
        name=name,
        request={JSON: reference(taken)},
        parameters=[ORGANIZATION, *path],
        answers={200: shown},
        refusals=(*COMMON, *((404, 409) if path else ()), 413, 415),
        examples=[_sent(name, example)],
    )


def making(
    name: str, taken: str, shown: str, *path: OpenApiParameter, example: Any, **more: Any
) -> Decorator[Any]:
    """Describe a POST that makes something; `refusals` are those beyond the usual ones."""
    return described(
        name=name,
        request={JSON: reference(taken)},
        parameters=[ORGANIZATION, KEY, *path],
        answers={201: shown},
        refusals=(*POSTED, *((404,) if path else ()), *more.get("refusals", (409,))),
        examples=[_sent(name, example)],
    )


def removing(name: str, what: str, *path: OpenApiParameter, refusals: Any = ()) -> Decorator[Any]:
    """Describe a DELETE."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, *path],
        answers={},
        refusals=(*COMMON, 404, *refusals),
        examples=[],
        further={204: OpenApiResponse(None, what)},
    )


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True, media_type=JSON)


def _example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, media_type=JSON, status_codes=["200"])
