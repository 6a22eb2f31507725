"""The components of the OpenAPI document: what reports take and what they give."""

from reports.api.cost_documents import COMPONENTS as COSTS
from reports.api.outgoing.schedule_documents import COMPONENTS as SCHEDULES
from reports.api.questions import FILTER, REQUESTS
from reports.api.shapes import (
    COUNT,
    FORMAT,
    INSTANT,
    TEXT,
    Schema,
    closed,
    nullable,
    reference,
    several,
)
from reports.kinds import KINDS
from reports.models import LIVE, STATUSES
from warehouse.gateway import documents
from warehouse.gateway.shapes import page_of
from warehouse.language import zones

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
        "errors": several(
            closed({"field": TEXT, "code": TEXT, "detail": TEXT}, ("field", "code", "detail"))
        ),
        "alternatives": several(ALTERNATIVE),
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
        "columns": several(COLUMN),
        "rows": several(several({})),
        "totals": nullable({"type": "object"}),
        "comparison": nullable({"type": "object"}),
        "meta": {"type": "object"},
    },
    "required": ["columns", "rows", "totals", "comparison", "meta"],
}
WRITTEN = {
    "fraction": {"type": "number", "minimum": 0, "maximum": 1},
    "rows_written": COUNT,
    "rows_total": nullable(COUNT),
}
EXPORT = {
    "report": {"type": "string", "format": "uuid"},
    "format": FORMAT,
    "status": {"type": "string", "enum": list(LIVE)},
    "progress": closed(WRITTEN, tuple(WRITTEN)),
}

NAMES = several(TEXT)
DESCRIBED = {"name": TEXT, "definition": TEXT, "type": TEXT, "operators": NAMES, "tables": NAMES}
MEASURED = {**DESCRIBED, "unit": TEXT, "adds_up": {"type": "boolean"}, "figures": NAMES}
SCOPED = closed({**DESCRIBED, "scope": TEXT}, (*DESCRIBED, "scope"))
TABLE = {"name": TEXT, "seconds": COUNT, "dimensions": NAMES, "figures": NAMES}
RULE = {"rule": TEXT, "names": NAMES, "says": TEXT}
CATALOGED = {
    "metrics": several(closed(MEASURED, tuple(MEASURED))),
    "dimensions": several(SCOPED),
    "filters": several(SCOPED),
    "tables": several(closed(TABLE, tuple(TABLE))),
    "granularities": NAMES,
    "week_starts": NAMES,
    "periods": closed({"names": NAMES, "pattern": TEXT}, ("names", "pattern")),
    "comparisons": NAMES,
    "operators": {"type": "object", "additionalProperties": NAMES},
    "rules": several(closed(RULE, tuple(RULE))),
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
    "considered": several(closed(VERDICT, tuple(VERDICT))),
    "unknown": {**NAMES, "description": "Tables of unknown size, taken to be as many as events."},
    "window": SPAN,
    "previous": nullable(SPAN),
    "exact": {"anyOf": [{"const": True}, closed({"error": ERROR, "sampled": SHARE})]},
    "limit": {**nullable(COUNT), "description": "Rows a question may read; null: any number."},
    "alternatives": several(ALTERNATIVE),
}
COMPONENTS: dict[str, Schema] = {
    "TimeZone": {"type": "string", "enum": sorted(zones.names()), "examples": ["Europe/Berlin"]},
    "Filter": FILTER,
    **REQUESTS,
    "Report": REPORT,
    "ReportProblem": PROBLEM,
    "ReportPage": page_of("Report"),
    "Result": RESULT,
    "Export": closed(EXPORT, tuple(EXPORT)),
    "Estimate": closed(ESTIMATED, tuple(ESTIMATED)),
    "Catalog": closed(CATALOGED, tuple(CATALOGED)),
    **COSTS,
    **SCHEDULES,
}


add_components = documents.adding(COMPONENTS)
