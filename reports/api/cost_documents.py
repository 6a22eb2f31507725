"""What the OpenAPI document says of costs: their schemas, parameters, answers and examples."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from reports.api import cost_rows
from reports.api.documents import described
from reports.api.shapes import COUNT, TEXT, Schema, closed, reference, several
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
from warehouse.gateway.shapes import page_of

DAY: Schema = {"type": "string", "format": "date"}
CAMPAIGN: Schema = {"type": "string", "minLength": 1, "maxLength": cost_rows.LONGEST_CAMPAIGN}
SPEND: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": cost_rows.MOST_SPENT},
        {"type": "string", "pattern": r"^[0-9]{1,13}(\.[0-9]{1,4})?$"},
    ],
    "description": "At most four places.",
}
COST = closed({"day": DAY, "campaign_id": CAMPAIGN, "spend": SPEND}, cost_rows.FIELDS)
SEVERAL = several(reference("Cost"), maxItems=cost_rows.MOST_ROWS)
COMPONENTS: dict[str, Schema] = {
    "Cost": COST,
    "CostPage": page_of("Cost"),
    "Stored": closed({"stored": COUNT}, ("stored",)),
}
EXAMPLE = {"day": "2026-01-31", "campaign_id": "summer", "spend": 120.5}


def storing() -> Decorator[Any]:
    """Describe the import of costs."""
    return described(
        name="store_costs",
        says="Store what campaigns cost by day, in place of what was known of these.",
        request={JSON: {"anyOf": [SEVERAL, closed({"costs": SEVERAL}, ("costs",))]}},
        parameters=[ORGANIZATION, KEY],
        answers={200: "Stored"},
        refusals=POSTED,
        examples=[
            OpenApiExample("a day", {"costs": [EXAMPLE]}, request_only=True, media_type=JSON),
            _answer("stored", {"stored": 1}),
        ],
    )


def listing() -> Decorator[Any]:
    """Describe the list of costs."""
    return described(
        name="list_costs",
        request=None,
        parameters=[
            ORGANIZATION,
            parameter("start_date", "Only this day and later ones.", DAY),
            parameter("end_date", "Only this day and earlier ones.", DAY),
            parameter("campaign_id", "One or several, by commas.", TEXT),
            *PAGING,
        ],
        answers={200: "CostPage"},
        refusals=COMMON,
        examples=[_answer("a page", {"items": [EXAMPLE], "next": None})],
    )


def _answer(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, media_type=JSON, status_codes=["200"])
