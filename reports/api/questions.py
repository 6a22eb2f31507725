"""The schemas of what each kind of report may be asked."""

from collections.abc import Sequence

from reports import limits
from reports.api import studies
from reports.api.shapes import (
    BREAKDOWN,
    DIMENSIONS,
    FLAG,
    INSTANT,
    PROPERTY,
    SCALAR,
    TEXT,
    Schema,
    closed,
    reference,
    several,
)
from reports.kinds import KINDS, campaigns, realtime
from warehouse.language import buckets, catalog, values
from warehouse.language.body import MOST_NAMES
from warehouse.language.comparison import COMPARISONS
from warehouse.language.parse import MOST_OFFSET

DAY_OR_INSTANT: Schema = {"anyOf": [{"type": "string", "format": "date"}, INSTANT]}
METRIC: Schema = {"type": "string", "enum": list(catalog.METRICS)}
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
    "include_bots": {
        "type": "boolean",
        "description": "Default: false, unless the organization's `bot_filter` is off.",
    },
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
    "week_start": {
        "type": "string",
        "enum": list(buckets.WEEK_STARTS),
        "description": "Default: as the organization has set it, else monday.",
    },
    "compare": {"type": "string", "enum": list(COMPARISONS), "description": COMPARED},
    "totals": {**FLAG, "description": "Add the same metrics of all rows together."},
    "sample": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1},
    "exact": {**FLAG, "description": "Take no table that counts many distinct values roughly."},
}
CAMPAIGN: Schema = {"type": "string", "minLength": 1, "maxLength": values.LONGEST_TEXT}
LAST: Schema = {
    "type": "string",
    "pattern": f"^({realtime.LAST})$",
    "default": realtime.DEFAULT,
    "description": "Minutes or hours, up to 6h; the running minute is the last of them.",
    "examples": ["30m", "1h"],
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
    **studies.OWN,
}


def _request(kind: str, most: int) -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": most, "default": 1000}
    shared = {name: schema for name, schema in COMMON.items() if name in KINDS[kind].fields}
    if "limit" in KINDS[kind].fields:
        shared["limit"] = limit
    return closed({**shared, **OWN[kind]}, studies.REQUIRED.get(kind, ()))


REQUESTS = {
    **{f"{kind.title()}Request": _request(kind, limits.ANALYTICS_ROWS) for kind in KINDS},
    **{f"{kind.title()}Export": _request(kind, limits.EXPORT_ROWS) for kind in KINDS},
}
