"""The schemas and flat parameters of what studies are asked, by kind."""

from reports.api.shapes import FLAG, TEXT, Schema, closed, nullable, reference, several
from warehouse.language import matches, spans
from warehouse.language.studies import funnel, funnel_request

EVENT: Schema = nullable(
    {
        "type": "string",
        "minLength": 1,
        "maxLength": matches.LONGEST_NAME,
        "description": "An event.",
    }
)
FILTERS: Schema = {"anyOf": [several(reference("Filter")), reference("Filter")]}
HAPPENING: Schema = {"event": EVENT, "filters": FILTERS}
LENGTH: Schema = closed(
    {
        "value": {"type": "integer", "minimum": 1},
        "unit": {"type": "string", "enum": list(spans.UNITS)},
    },
    ("value",),
)
PLACE: Schema = {"type": "integer", "minimum": 1, "maximum": funnel_request.MOST_STEPS}
STEP: Schema = closed(
    {
        **HAPPENING,
        "label": {"type": "string", "minLength": 1, "maxLength": funnel_request.LONGEST_LABEL},
        "optional": {**FLAG, "description": "Counted where it happens; holds up nobody."},
    }
)
BINS: Schema = {"type": "integer", "minimum": 0, "maximum": funnel_request.MOST_BINS, "default": 0}
OWN: dict[str, Schema] = {
    "funnel": {
        "steps": several(
            {"anyOf": [STEP, EVENT]},
            minItems=funnel_request.LEAST_STEPS,
            maxItems=funnel_request.MOST_STEPS,
        ),
        "order": {"type": "string", "enum": list(funnel.ORDERS), "default": funnel.ORDERED},
        "window": {**LENGTH, "description": "The longest time a run may take; default: 14 days."},
        "count_by": {"type": "string", "enum": list(funnel.COUNTED), "default": funnel.VISITOR},
        "exclusions": several(
            closed({**HAPPENING, "from_step": PLACE, "to_step": PLACE}),
            maxItems=funnel_request.MOST_EXCLUSIONS,
        ),
        "conversion_after_range": {**FLAG, "description": "Later steps may come after the range."},
        "breakdown_attribution": {
            "type": "string",
            "enum": list(funnel.ATTRIBUTIONS),
            "default": funnel.FIRST,
        },
        "times": {"type": "boolean", "default": True, "description": "Tell times between steps."},
        "histogram": {**BINS, "description": "Into how many bins times are put, in `meta`."},
    },
}
REQUIRED: dict[str, tuple[str, ...]] = {"funnel": ("steps",)}
PARAMETERS: dict[str, tuple[tuple[str, str, Schema], ...]] = {
    "funnel": (
        ("steps", "Events by commas, `*` for any; or steps as JSON.", TEXT),
        ("order", "How steps follow each other.", OWN["funnel"]["order"]),
        ("window", "The longest time a run may take, such as `30m` or `14d`.", TEXT),
        ("count_by", "Whose runs are judged.", OWN["funnel"]["count_by"]),
        ("exclusions", "Exclusions as JSON, as in the body of POST.", TEXT),
        ("conversion_after_range", "Later steps may come after the range.", {"type": "boolean"}),
        (
            "breakdown_attribution",
            "Whose value a breakdown takes.",
            OWN["funnel"]["breakdown_attribution"],
        ),
        ("times", "Tell times between steps.", {"type": "boolean"}),
        ("histogram", "Into how many bins times are put.", BINS),
    ),
}
