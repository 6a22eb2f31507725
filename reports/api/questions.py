"""The schemas of what each kind of report may be asked."""

from collections.abc import Sequence

from reports import limits
from reports.api.shapes import FLAG, INSTANT, SCALAR, TEXT, Schema, closed, reference, several
from reports.kinds import KINDS, campaigns, realtime
from warehouse.language import buckets, catalog, spans, values
from warehouse.language.body import MOST_NAMES
from warehouse.language.comparison import COMPARISONS
from warehouse.language.matches import LONGEST_NAME
from warehouse.language.parse import MOST_OFFSET
from warehouse.language.studies import attribution_request
from warehouse.language.studies.attribution import RULES
from warehouse.language.studies.journeys import VIEWS

DAY_OR_INSTANT: Schema = {"anyOf": [{"type": "string", "format": "date"}, INSTANT]}
METRIC: Schema = {"type": "string", "enum": list(catalog.METRICS)}
PROPERTY: Schema = {
    "type": "string",
    "pattern": r"^properties\..+$",
    "maxLength": catalog.LONGEST_PROPERTY,
}
DIMENSION: Schema = {"anyOf": [{"type": "string", "enum": sorted(catalog.DIMENSIONS)}, PROPERTY]}
GRANULARITY: Schema = {"type": "string", "enum": list(buckets.GRANULARITIES)}
PERIOD: Schema = {
    "type": "string",
    "pattern": (
        "^(today|yesterday|(this|last)_(day|week|month|quarter|year)"
        "|last_[1-9][0-9]{0,5}_(minute|hour|day|week|month|quarter|year)s?)$"
    ),
    "examples": ["today", "last_30_minutes", "last_7_days", "this_month"],
}

MANY = ("between", "in", "not_in")
PRESENCE = ("is_null", "is_not_null")
ONE = tuple(sorted(values.OPERATORS - set(MANY) - set(PRESENCE)))
TESTED: Schema = {"anyOf": [{"type": "string", "enum": sorted(catalog.FIELDS)}, PROPERTY, METRIC]}


def _leaf(operators: Sequence[str], **operand: Schema) -> Schema:
    properties = {"field": TESTED, "operator": {"type": "string", "enum": list(operators)}}
    return closed(properties | operand, ("field", "operator", *operand))


FILTER: Schema = {
    "description": "One comparison, or others joined; nested at most five deep.",
    "anyOf": [
        _leaf(ONE, value=SCALAR),
        _leaf(MANY, values=several(SCALAR, minItems=1, maxItems=1000)),
        _leaf(PRESENCE),
        closed({"and": several(reference("Filter"), minItems=1)}, ("and",)),
        closed({"or": several(reference("Filter"), minItems=1)}, ("or",)),
        closed({"not": reference("Filter")}, ("not",)),
    ],
}
COMPARED = "Adds NAME_previous and NAME_change (a fraction) beside each metric."
COMMON: Schema = {
    "time_range": closed({"start": DAY_OR_INSTANT, "end": DAY_OR_INSTANT}, ("start",)),
    "period": PERIOD,
    "timezone": reference("TimeZone"),
    "include_bots": FLAG,
    "filters": {"anyOf": [several(reference("Filter")), reference("Filter")]},
    "metrics": several(METRIC, uniqueItems=True, maxItems=len(catalog.METRICS)),
    "granularity": GRANULARITY,
    "group_by": {**GRANULARITY, "description": "Another name of `granularity`."},
    "order_by": several(
        closed(
            {"field": TEXT, "direction": {"type": "string", "enum": ["asc", "desc"]}}, ("field",)
        ),
        maxItems=MOST_NAMES,
    ),
    "offset": {"type": "integer", "minimum": 0, "maximum": MOST_OFFSET, "default": 0},
    "week_start": {"type": "string", "enum": list(buckets.WEEK_STARTS), "default": "monday"},
    "compare": {"type": "string", "enum": list(COMPARISONS), "description": COMPARED},
    "totals": {**FLAG, "description": "Add the same metrics of all rows together."},
    "sample": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1},
    "exact": {**FLAG, "description": "Take no table that counts many distinct values roughly."},
}
DIMENSIONS = several(DIMENSION, uniqueItems=True, maxItems=MOST_NAMES)
BREAKDOWN: Schema = {"anyOf": [DIMENSION, DIMENSIONS]}
CAMPAIGN: Schema = {"type": "string", "minLength": 1, "maxLength": values.LONGEST_TEXT}
LAST: Schema = {
    "type": "string",
    "pattern": f"^({realtime.LAST})$",
    "default": realtime.DEFAULT,
    "description": "Minutes or hours, up to 6h; the running minute is the last of them.",
    "examples": ["30m", "1h"],
}
LENGTH: Schema = closed(
    {
        "value": {"type": "integer", "minimum": 1},
        "unit": {"type": "string", "pattern": f"^({'|'.join(spans.UNITS)})s?$", "default": "day"},
    },
    ("value",),
)
EVENT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
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
    "conversion_event": {**EVENT, "description": "Only these conversions; default: all."},
    "lookback": {**LENGTH, "description": "How far a conversion looks back; default: 30 days."},
    "half_life_days": {**HALF_LIFE, "description": "After how long time_decay halves credit."},
}
MATCH: Schema = closed(
    {
        "event": {"anyOf": [EVENT, {"type": "null"}]},
        "filters": {"anyOf": [several(reference("Filter")), reference("Filter")]},
    }
)
JOURNEYS: Schema = {
    "view": {
        "type": "string",
        "enum": list(VIEWS),
        "description": "Whole paths, their links, or what comes next; default: paths, or next"
        " where `after` is given.",
    },
    "after": {"anyOf": [EVENT, MATCH], "description": "What comes next after these events."},
    **{name: CREDITED[name] for name in ("dimension", "conversion_event", "lookback")},
}
OWN: dict[str, Schema] = {
    "query": {"dimensions": DIMENSIONS},
    "traffic": {"breakdown": BREAKDOWN},
    "campaigns": {
        "breakdown": BREAKDOWN,
        "campaign_id": {
            "anyOf": [CAMPAIGN, several(CAMPAIGN, minItems=1, maxItems=campaigns.MOST_NAMED)],
            "description": "Only these campaigns; default: all.",
        },
        "include_unassigned": {**FLAG, "description": "Also the events of no campaign."},
    },
    "realtime": {"breakdown": BREAKDOWN, "last": LAST},
    "attribution": CREDITED,
    "journeys": JOURNEYS,
}


def _request(kind: str, most: int) -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": most, "default": 1000}
    shared = {name: schema for name, schema in COMMON.items() if name in KINDS[kind].fields}
    return closed({**shared, **OWN[kind], "limit": limit})


REQUESTS = {
    **{f"{kind.title()}Request": _request(kind, limits.ANALYTICS_ROWS) for kind in KINDS},
    **{f"{kind.title()}Export": _request(kind, limits.EXPORT_ROWS) for kind in KINDS},
}
