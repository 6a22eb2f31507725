"""What the OpenAPI document says of campaigns: their endpoints, what these take and give."""

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from discovery.campaigns import wishes
from discovery.campaigns.campaigns import DEEDS
from discovery.models import CAMPAIGN_STATES
from warehouse.custody.models import STATES
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
    reference,
    several,
)

NUMBER: Schema = {"type": "number"}
NAME: Schema = {**TEXT, "minLength": 1, "maxLength": wishes.LONGEST_NAME}
CAMPAIGN_ID: Schema = {
    **TEXT,
    "minLength": 1,
    "maxLength": wishes.LONGEST_ID,
    "description": "What its events will say; default: the name in lower case and dashes.",
}
RULE: Schema = {
    "anyOf": [several(reference("Filter"), minItems=1), reference("Filter")],
    "description": "Which events; of these, those without a campaign that are no bots'.",
}
RANGE = closed({"start": {**TEXT, "minLength": 1}, "end": {**TEXT, "minLength": 1}}, ("start",))
WISH: Schema = {
    "name": NAME,
    "campaign_id": CAMPAIGN_ID,
    "filters": RULE,
    "time_range": {**RANGE, "description": "Days, or RFC 3339 times; default: 30 days."},
    "period": {**TEXT, "minLength": 1, "examples": ["last_30_days"]},
    "timezone": reference("TimeZone"),
    "ongoing": {
        **FLAG,
        "default": False,
        "description": "Events that come after it is applied are its own, too, without an end.",
    },
}
PATTERN = {**ID, "description": "Takes the rule of a pattern, and its time unless one is given."}
FIGURES: Schema = {"events": COUNT, "visitors": COUNT, "conversions": COUNT, "revenue": NUMBER}
CHANGE: Schema = {
    "campaign_id": {**nullable(TEXT), "description": "Null: no campaign."},
    "events": {"type": "integer"},
    "conversions": {**NUMBER, "description": "Credit by `last_touch`, gained or lost."},
    "revenue": NUMBER,
}
PREVIEW: Schema = {
    "computed_at": INSTANT,
    **FIGURES,
    "campaigns": several(closed(CHANGE, tuple(CHANGE))),
    "campaigns_left_out": {**COUNT, "description": "How many more lose or gain less."},
}
PROGRESS: Schema = {"fraction": {**NUMBER, "minimum": 0, "maximum": 1}, "stage": TEXT}
JOB: Schema = {
    "id": ID,
    "do": {**TEXT, "enum": list(DEEDS)},
    "status": {**TEXT, "enum": list(STATES)},
    "progress": closed(PROGRESS, tuple(PROGRESS)),
    "created_at": INSTANT,
    "started_at": nullable(INSTANT),
    "finished_at": nullable(INSTANT),
    "error": nullable({"type": "object"}),
    "links": closed({"campaign": TEXT}, ("campaign",)),
}
LINKS: Schema = dict.fromkeys(("self", *DEEDS), TEXT)
CAMPAIGN: Schema = {
    "id": ID,
    "name": TEXT,
    "campaign_id": TEXT,
    "state": {**TEXT, "enum": list(CAMPAIGN_STATES)},
    "pattern_id": nullable(ID),
    "filters": {"description": "As they were given."},
    "time_range": closed({"start": INSTANT, "end": INSTANT}, ("start", "end")),
    "timezone": TEXT,
    "ongoing": FLAG,
    "preview": nullable(closed(PREVIEW, tuple(PREVIEW))),
    "moved": {
        **nullable(closed(FIGURES, tuple(FIGURES))),
        "description": "What applying it has moved; events that came later are not counted.",
    },
    "job": {**nullable(reference("CampaignJob")), "description": "What was done last."},
    "created_at": INSTANT,
    "created_by": {**TEXT, "description": "user:ID or key:ID."},
    "applied_at": nullable(INSTANT),
    "undone_at": nullable(INSTANT),
    "links": closed(LINKS, tuple(LINKS)),
}
COMPONENTS: dict[str, Schema] = {
    "Campaign": closed(CAMPAIGN, tuple(CAMPAIGN)),
    "CampaignPage": page_of("Campaign"),
    "CampaignJob": closed(JOB, tuple(JOB)),
    "NewCampaign": {
        "anyOf": [
            closed(WISH, ("name", "filters")),
            closed(
                {name: one for name, one in WISH.items() if name != "filters"}
                | {"pattern_id": PATTERN},
                ("name", "pattern_id"),
            ),
        ]
    },
    "CampaignChange": closed(WISH),
}
WORDS = {
    "Campaign": "The campaign, as it stands.",
    "CampaignPage": "One page of campaigns, the newest first.",
    "CampaignJob": "Taken on; a worker does it.",
}
EXAMPLE: dict[str, Any] = {
    "name": "Spring sale",
    "filters": [{"field": "source", "operator": "eq", "value": "newsletter"}],
    "time_range": {"start": "2026-03-01", "end": "2026-03-31"},
}
ONE = OpenApiParameter("campaign_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
STATE = parameter("state", "One or several, by commas.", commas(CAMPAIGN_STATES))
described = partial(documents.described, words=WORDS)


def listing() -> Decorator[Any]:
    """Describe the list of campaigns."""
    return described(
        name="list_retroactive_campaigns",
        request=None,
        parameters=[ORGANIZATION, STATE, *PAGING],
        answers={200: "CampaignPage"},
        refusals=COMMON,
        examples=[documents.nothing("none")],
    )


def making() -> Decorator[Any]:
    """Describe the POST of a campaign."""
    return described(
        name="create_campaign",
        request={JSON: reference("NewCampaign")},
        parameters=[ORGANIZATION, KEY],
        answers={201: "Campaign"},
        refusals=(*POSTED, 409),
        examples=[OpenApiExample("spring", EXAMPLE, request_only=True, media_type=JSON)],
    )


def showing() -> Decorator[Any]:
    """Describe looking at a campaign."""
    return described(
        name="show_campaign",
        request=None,
        parameters=[ORGANIZATION, ONE],
        answers={200: "Campaign"},
        refusals=(*COMMON, 404),
        examples=[],
    )


def changing() -> Decorator[Any]:
    """Describe the PATCH of a draft."""
    example = {"name": "Spring sale, first week"}
    return described(
        name="change_campaign",
        request={JSON: reference("CampaignChange")},
        parameters=[ORGANIZATION, ONE],
        answers={200: "Campaign"},
        refusals=(*COMMON, 404, 409, 413, 415),
        examples=[OpenApiExample("name", example, request_only=True, media_type=JSON)],
    )


def removing() -> Decorator[Any]:
    """Describe the DELETE of a campaign."""
    return described(
        name="remove_campaign",
        request=None,
        parameters=[ORGANIZATION, ONE],
        answers={},
        refusals=(*COMMON, 404, 409),
        examples=[],
        further={204: OpenApiResponse(None, "It is gone; no event said that it was its.")},
    )


def doing(deed: str) -> Decorator[Any]:
    """Describe having something done with a campaign."""
    return described(
        name=f"{deed}_campaign",
        request={JSON: closed({})},
        parameters=[ORGANIZATION, KEY, ONE],
        answers={202: "CampaignJob"},
        refusals=(*POSTED, 404, 409, 429),
        examples=[],
    )


add_components = documents.adding(COMPONENTS)
