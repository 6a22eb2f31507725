"""The schemas of what reports take and give, as the OpenAPI document's components."""

from collections.abc import Sequence
from typing import Any

from reports import limits
from reports.formats import FORMATS
from reports.kinds import KINDS, campaigns
from reports.models import STATUSES
from warehouse.language import buckets, catalog, values, zones
from warehouse.language.comparison import COMPARISONS

Schema = dict[str, Any]

LONGEST_LIST = 20


def reference(name: str) -> Schema:
    """Return a reference to the component `name`."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """Return `schema`, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def closed(properties: Schema, required: Sequence[str] = ()) -> Schema:
    """Return an object that has these properties and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _several(schema: Schema, **bounds: Any) -> Schema:
    return {"type": "array", "items": schema, **bounds}


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DAY_OR_INSTANT: Schema = {"anyOf": [{"type": "string", "format": "date"}, INSTANT]}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
FLAG: Schema = {"type": "boolean", "default": False}
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
        _leaf(MANY, values=_several(SCALAR, minItems=1, maxItems=1000)),
        _leaf(PRESENCE),
        closed({"and": _several(reference("Filter"), minItems=1)}, ("and",)),
        closed({"or": _several(reference("Filter"), minItems=1)}, ("or",)),
        closed({"not": reference("Filter")}, ("not",)),
    ],
}
COMPARED = "Adds NAME_previous and NAME_change (a fraction) beside each metric."
COMMON: Schema = {
    "time_range": closed({"start": DAY_OR_INSTANT, "end": DAY_OR_INSTANT}, ("start",)),
    "period": PERIOD,
    "timezone": reference("TimeZone"),
    "include_bots": FLAG,
    "filters": _several(reference("Filter")),
    "metrics": _several(METRIC, uniqueItems=True, maxItems=len(catalog.METRICS)),
    "granularity": GRANULARITY,
    "group_by": {**GRANULARITY, "description": "Another name of `granularity`."},
    "order_by": _several(
        closed(
            {"field": TEXT, "direction": {"type": "string", "enum": ["asc", "desc"]}}, ("field",)
        ),
        maxItems=LONGEST_LIST,
    ),
    "offset": {"type": "integer", "minimum": 0, "maximum": 10_000_000, "default": 0},
    "week_start": {"type": "string", "enum": list(buckets.WEEK_STARTS), "default": "monday"},
    "compare": {"type": "string", "enum": list(COMPARISONS), "description": COMPARED},
    "totals": {**FLAG, "description": "Add the same metrics of all rows together."},
    "sample": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1},
    "exact": {**FLAG, "description": "Take no table that counts many distinct values roughly."},
}
DIMENSIONS = _several(DIMENSION, uniqueItems=True, maxItems=LONGEST_LIST)
BREAKDOWN: Schema = {"anyOf": [DIMENSION, DIMENSIONS]}
CAMPAIGN: Schema = {"type": "string", "minLength": 1, "maxLength": values.LONGEST_TEXT}
OWN: dict[str, Schema] = {
    "query": {"dimensions": DIMENSIONS},
    "traffic": {"breakdown": BREAKDOWN},
    "campaigns": {
        "breakdown": BREAKDOWN,
        "campaign_id": {
            "anyOf": [CAMPAIGN, _several(CAMPAIGN, minItems=1, maxItems=campaigns.MOST_NAMED)],
            "description": "Only these campaigns; default: all.",
        },
        "include_unassigned": {**FLAG, "description": "Also the events of no campaign."},
    },
}


def _request(kind: str, most: int) -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": most, "default": 1000}
    return closed({**COMMON, **OWN[kind], "limit": limit})


REQUESTS = {
    **{f"{kind.title()}Request": _request(kind, limits.ANALYTICS_ROWS) for kind in KINDS},
    **{f"{kind.title()}Export": _request(kind, limits.EXPORT_ROWS) for kind in KINDS},
}
ALTERNATIVE = closed(
    {
        "change": {"type": "object", "description": "Fields of the body; null leaves one out."},
        "rows": COUNT,
        "says": TEXT,
    },
    ("change", "rows", "says"),
)
PROBLEM = {
    "type": "object",
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "code": TEXT,
        "detail": TEXT,
        "request_id": nullable(TEXT),
        "errors": _several(
            closed({"field": TEXT, "code": TEXT, "detail": TEXT}, ("field", "code", "detail"))
        ),
        "alternatives": _several(ALTERNATIVE),
    },
    "required": ["type", "title", "status", "code", "detail"],
}
PROGRESS = closed(
    {
        "fraction": {"type": "number", "minimum": 0, "maximum": 1},
        "stage": TEXT,
        "rows_read": COUNT,
        "rows_total": nullable(COUNT),
        "bytes_read": COUNT,
        "elapsed_ms": COUNT,
        "queue_position": nullable({"type": "integer", "minimum": 1}),
    },
    ("fraction", "stage"),
)
REPORT = closed(
    {
        "id": {"type": "string", "format": "uuid"},
        "kind": {"type": "string", "enum": list(KINDS)},
        "status": {"type": "string", "enum": list(STATUSES)},
        "progress": PROGRESS,
        "created_at": INSTANT,
        "started_at": nullable(INSTANT),
        "finished_at": nullable(INSTANT),
        "expires_at": nullable(INSTANT),
        "request": {"type": "object"},
        "error": nullable(reference("ReportProblem")),
        "cache": nullable({"type": "object"}),
        "links": closed(dict.fromkeys(("self", "result", "cancel", "retry"), nullable(TEXT))),
    },
    ("id", "kind", "status", "progress", "created_at", "request", "error", "links"),
)
COLUMN = closed(
    {"name": TEXT, "type": TEXT, "role": {"type": "string", "enum": ["dimension", "metric"]}},
    ("name", "type", "role"),
)
RESULT = {
    "type": "object",
    "properties": {
        "columns": _several(COLUMN),
        "rows": _several(_several({})),
        "totals": nullable({"type": "object"}),
        "comparison": nullable({"type": "object"}),
        "meta": {"type": "object"},
    },
    "required": ["columns", "rows", "totals", "comparison", "meta"],
}

NAMES = _several(TEXT)
DESCRIBED = {"name": TEXT, "definition": TEXT, "type": TEXT, "operators": NAMES, "tables": NAMES}
MEASURED = {**DESCRIBED, "unit": TEXT, "adds_up": {"type": "boolean"}, "figures": NAMES}
SCOPED = closed({**DESCRIBED, "scope": TEXT}, (*DESCRIBED, "scope"))
TABLE = {"name": TEXT, "seconds": COUNT, "dimensions": NAMES, "figures": NAMES}
RULE = {"rule": TEXT, "names": NAMES, "says": TEXT}
CATALOGED = {
    "metrics": _several(closed(MEASURED, tuple(MEASURED))),
    "dimensions": _several(SCOPED),
    "filters": _several(SCOPED),
    "tables": _several(closed(TABLE, tuple(TABLE))),
    "granularities": NAMES,
    "week_starts": NAMES,
    "periods": closed({"names": NAMES, "pattern": TEXT}, ("names", "pattern")),
    "comparisons": NAMES,
    "operators": {"type": "object", "additionalProperties": NAMES},
    "rules": _several(closed(RULE, tuple(RULE))),
}
SPAN = closed({"start": INSTANT, "end": INSTANT}, ("start", "end"))
VERDICT = {"table": TEXT, "taken": {"type": "boolean"}, "why": TEXT}
ERROR = nullable({"type": "number", "minimum": 0})
SHARE = nullable({"type": "number", "exclusiveMinimum": 0, "maximum": 1})
ESTIMATED = {
    "rows": COUNT,
    "bytes": {**COUNT, "description": "Of whole rows: the columns read are fewer."},
    "seconds": {"type": "number", "exclusiveMinimum": 0},
    "table": TEXT,
    "reason": TEXT,
    "considered": _several(closed(VERDICT, tuple(VERDICT))),
    "unknown": {**NAMES, "description": "Tables of unknown size, taken to be as many as events."},
    "window": SPAN,
    "previous": nullable(SPAN),
    "exact": {"anyOf": [{"const": True}, closed({"error": ERROR, "sampled": SHARE})]},
    "limit": {**nullable(COUNT), "description": "Rows a question may read; null: any number."},
    "alternatives": _several(ALTERNATIVE),
}
COMPONENTS: dict[str, Schema] = {
    "TimeZone": {"type": "string", "enum": sorted(zones.names()), "examples": ["Europe/Berlin"]},
    "Filter": FILTER,
    **REQUESTS,
    "Report": REPORT,
    "ReportProblem": PROBLEM,
    "ReportPage": closed(
        {
            "items": _several(reference("Report")),
            "next": nullable({"type": "string", "format": "uri"}),
        },
        ("items", "next"),
    ),
    "Result": RESULT,
    "Estimate": closed(ESTIMATED, tuple(ESTIMATED)),
    "Catalog": closed(CATALOGED, tuple(CATALOGED)),
}
FORMAT: Schema = {"type": "string", "enum": list(FORMATS)}


def add_components(result: Schema, **_: Any) -> Schema:
    """Put the schemas of reports into the document; a postprocessing hook of drf-spectacular."""
    components = result.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **COMPONENTS}
    return result
