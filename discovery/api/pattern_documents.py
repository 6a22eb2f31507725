"""What the OpenAPI document says of patterns."""

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from discovery.models import PATTERN_KINDS
from warehouse.gateway import documents
from warehouse.gateway.documents import (
    COMMON,
    KEY,
    ORGANIZATION,
    PAGING,
    POSTED,
    Decorator,
    parameter,
)
from warehouse.gateway.shapes import (
    COUNT,
    FLAG,
    ID,
    INSTANT,
    TEXT,
    Schema,
    closed,
    commas,
    nullable,
    page_of,
    several,
)

MOST_DIGITS = 38
TEXTS = several(TEXT)
SPAN: Schema = closed({"start": INSTANT, "end": INSTANT}, ("start", "end"))
RULE: Schema = {
    **several({"type": "object"}),
    "description": "The rule, in the filter language: asked over `time_range` it counts"
    " `sample_size` events.",
}
LINK: Schema = {"type": "string", "format": "uri-reference"}
LINKS = ("self", "dismiss", "restore", "query")
PATTERN: Schema = {
    "organization_id": ID,
    "pattern_id": ID,
    "kind": {"type": "string", "enum": list(PATTERN_KINDS)},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "sample_size": {**COUNT, "description": "Events."},
    "time_range": SPAN,
    "timezone": {**TEXT, "description": "In which the rule tells hours."},
    "traffic_sources": TEXTS,
    "geo_regions": TEXTS,
    "device_types": TEXTS,
    "hours": {
        **several({"type": "integer", "minimum": 0, "maximum": 23}),
        "description": "Of the day; none means all.",
    },
    "suggested_name": TEXT,
    "estimated_value": {"type": "number"},
    "potential_reach": {**COUNT, "description": "Visitors."},
    "filters": RULE,
    "explanation": TEXT,
    "found_at": {**INSTANT, "description": "The last time it was found."},
    "dismissed_at": nullable(INSTANT),
    "dismissed_by": {**nullable(TEXT), "description": "user:ID or key:ID."},
    "query": {
        "type": "object",
        "description": "The body of `POST /analytics/query` that shows its events.",
    },
    "links": closed(dict.fromkeys(LINKS, LINK), LINKS),
}
COMPONENTS: dict[str, Schema] = {
    "Pattern": closed(PATTERN, tuple(PATTERN)),
    "PatternPage": page_of("Pattern"),
}
WORDS = {
    "Pattern": "The pattern.",
    "PatternPage": "One page of patterns, the most valuable first.",
}
described = partial(documents.described, words=WORDS)
PATTERN_ID = OpenApiParameter("pattern_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
FILTERS = (
    parameter("kind", "One or both, by commas.", commas(PATTERN_KINDS)),
    parameter("dismissed", "`true`: those that were dismissed, and no others.", FLAG),
)


def listing() -> Decorator[Any]:
    """Describe the list."""
    return described(
        name="list_patterns",
        request=None,
        parameters=[ORGANIZATION, *FILTERS, *PAGING],
        answers={200: "PatternPage"},
        refusals=COMMON,
        examples=[documents.nothing("none")],
    )


def showing() -> Decorator[Any]:
    """Describe looking at one."""
    return described(
        name="show_pattern",
        request=None,
        parameters=[ORGANIZATION, PATTERN_ID],
        answers={200: "Pattern"},
        refusals=(*COMMON, 404),
        examples=[],
    )


def deciding(name: str) -> Decorator[Any]:
    """Describe dismissing one, or taking that back."""
    return described(
        name=name,
        request=None,
        parameters=[ORGANIZATION, KEY, PATTERN_ID],
        answers={200: "Pattern"},
        refusals=(*POSTED, 404, 409),
        examples=[],
    )


add_components = documents.adding(COMPONENTS)
