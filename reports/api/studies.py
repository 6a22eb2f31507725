"""The schemas and flat parameters of what studies are asked, by kind."""

from reports.api.shapes import (
    BREAKDOWN,
    DIMENSION,
    FLAG,
    TEXT,
    Schema,
    closed,
    commas,
    nullable,
    reference,
    several,
)
from warehouse.language import matches, spans
from warehouse.language.studies import (
    attribution_request,
    cohort_request,
    cohorts,
    discovery_request,
    funnel,
    funnel_request,
)
from warehouse.language.studies.attribution import RULES
from warehouse.language.studies.discovery import PARTS
from warehouse.language.studies.journeys import VIEWS

Parameter = tuple[str, str, Schema]
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": matches.LONGEST_NAME}
FILTERS: Schema = {"anyOf": [several(reference("Filter")), reference("Filter")]}
HAPPENING: Schema = {"event": nullable(NAME), "filters": FILTERS}
MATCH: Schema = {
    "anyOf": [nullable(NAME), closed(HAPPENING)],
    "description": "The events that count: of this name (null: any) that fulfil the filters.",
}
LENGTH: Schema = closed(
    {
        "value": {"type": "integer", "minimum": 1},
        "unit": {"type": "string", "pattern": f"^({'|'.join(spans.UNITS)})s?$", "default": "day"},
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
FUNNEL: Schema = {
    "steps": several(
        {"anyOf": [STEP, nullable(NAME)]},
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
    "breakdown": BREAKDOWN,
}
COHORTS: Schema = {
    "cohort_type": {"type": "string", "enum": list(cohorts.UNITS), "default": "weekly"},
    "metric": {"type": "string", "enum": list(cohorts.METRICS), "default": cohorts.RETENTION},
    "periods": {
        "type": "integer",
        "minimum": 1,
        "maximum": cohort_request.MOST_PERIODS,
        "description": (
            "How many periods each cohort has; default: as many as there are cohorts, or 12."
        ),
    },
    "start_event": MATCH,
    "return_event": MATCH,
    "retention_type": {
        "type": "string",
        "enum": list(cohorts.RETENTION_TYPES),
        "default": cohorts.RECURRING,
    },
    "cumulative": {**FLAG, "description": "Count who returned in a period or any later one."},
    "minimum_occurrences": {
        "type": "integer",
        "minimum": 1,
        "maximum": cohort_request.MOST_OCCURRENCES,
        "default": 1,
        "description": "So many return events within one period are a return.",
    },
    "breakdown": BREAKDOWN,
}
HALF_LIFE: Schema = {
    "type": "number",
    "minimum": attribution_request.LEAST_DAYS,
    "maximum": attribution_request.MOST_DAYS,
    "default": 7,
}
CLICK: Schema = {"type": "string", "minLength": 1, "maxLength": attribution_request.LONGEST_CLICK}
CREDITED: Schema = {
    "click_id": {**CLICK, "description": "Only the journeys with this click, event by event."},
    "include_journey": {**FLAG, "description": "All touchpoints beside the click itself."},
    "models": {
        **several({"type": "string", "enum": list(RULES)}, uniqueItems=True, maxItems=len(RULES)),
        "description": "How conversions are shared out; default: in every way.",
    },
    "dimension": {**DIMENSION, "default": "channel"},
    "conversion_event": {**NAME, "description": "Only these conversions; default: all."},
    "lookback": {**LENGTH, "description": "How far a conversion looks back; default: 30 days."},
    "half_life_days": {**HALF_LIFE, "description": "After how long time_decay halves credit."},
    "intervals": {**FLAG, "description": "Say how far conversions may be off by chance (95 %)."},
}
JOURNEYS: Schema = {
    "view": {
        "type": "string",
        "enum": list(VIEWS),
        "description": "Whole paths, their links, or what comes next; default: paths, or next"
        " where `after` is given.",
    },
    "after": {
        "anyOf": [NAME, closed(HAPPENING)],
        "description": "What comes next after these events.",
    },
    **{name: CREDITED[name] for name in ("dimension", "conversion_event", "lookback")},
}
DISCOVERY: Schema = {
    "min_traffic": {
        "type": "integer",
        "minimum": 1,
        "maximum": discovery_request.MOST_TRAFFIC,
        "default": discovery_request.TRAFFIC,
        "description": "The fewest events a pattern holds.",
    },
    "max_patterns": {
        "type": "integer",
        "minimum": 1,
        "maximum": discovery_request.MOST_PATTERNS,
        "default": discovery_request.PATTERNS,
        "description": "So many patterns, the most valuable.",
    },
    "include": {
        **several({"type": "string", "enum": list(PARTS)}, uniqueItems=True, maxItems=len(PARTS)),
        "description": "What is looked for; default: both.",
    },
}
OWN: dict[str, Schema] = {
    "funnel": FUNNEL,
    "cohorts": COHORTS,
    "attribution": CREDITED,
    "journeys": JOURNEYS,
    "discovery": DISCOVERY,
}
REQUIRED: dict[str, tuple[str, ...]] = {"funnel": ("steps",)}
PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "funnel": (
        ("steps", "Events by commas, `*` for any; or steps as JSON.", TEXT),
        ("order", "How steps follow each other.", FUNNEL["order"]),
        ("window", "The longest time a run may take, such as `30m` or `14d`.", TEXT),
        ("count_by", "Whose runs are judged.", FUNNEL["count_by"]),
        ("exclusions", "Exclusions as JSON, as in the body of POST.", TEXT),
        ("conversion_after_range", "Later steps may come after the range.", {"type": "boolean"}),
        (
            "breakdown_attribution",
            "Whose value a breakdown takes.",
            FUNNEL["breakdown_attribution"],
        ),
        ("times", "Tell times between steps.", {"type": "boolean"}),
        ("histogram", "Into how many bins times are put.", BINS),
    ),
    "cohorts": (
        ("cohort_type", "How long a period is.", COHORTS["cohort_type"]),
        ("metric", "What is counted of each period.", COHORTS["metric"]),
        ("periods", COHORTS["periods"]["description"], COHORTS["periods"]),
        ("start_event", "What begins a cohort: a name, or a match as JSON; default: any.", TEXT),
        ("return_event", "What is a return: a name, or a match as JSON; default: any.", TEXT),
        ("retention_type", "Which of its periods a visitor begins in.", COHORTS["retention_type"]),
        ("cumulative", "Count who returned in a period or any later one.", FLAG),
        (
            "minimum_occurrences",
            "So many return events within one period are a return.",
            COHORTS["minimum_occurrences"],
        ),
    ),
    "attribution": (
        ("click_id", "Only the journeys with this click, event by event.", CLICK),
        ("include_journey", "All touchpoints beside the click itself.", FLAG),
        ("models", "By commas; default: all.", commas(tuple(RULES))),
        ("dimension", "What touchpoints are told apart by; default: channel.", TEXT),
        ("conversion_event", "Only these conversions; default: all.", NAME),
        ("lookback", "How far a conversion looks back: `30d`, `12h`; default: 30d.", TEXT),
        ("half_life_days", "After how long time_decay halves credit.", HALF_LIFE),
        ("intervals", CREDITED["intervals"]["description"], FLAG),
    ),
    "journeys": (
        ("view", "Whole paths, their links, or what comes next.", JOURNEYS["view"]),
        ("after", "What comes next after events of this name; empty: none.", TEXT),
        ("dimension", "What touchpoints are told apart by; default: channel.", TEXT),
        ("conversion_event", "Only these conversions; default: all.", NAME),
        ("lookback", "How far a conversion looks back: `30d`, `12h`; default: 30d.", TEXT),
    ),
    "discovery": (
        ("min_traffic", "The fewest events a pattern holds.", DISCOVERY["min_traffic"]),
        ("max_patterns", "So many patterns, the most valuable.", DISCOVERY["max_patterns"]),
        ("include", "What is looked for, by commas; default: both.", commas(PARTS)),
    ),
}
