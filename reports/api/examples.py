"""Requests and answers that the OpenAPI document shows."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from reports.kinds import KINDS
from warehouse.gateway.answers import JSON
from warehouse.planner import offer

ID = "0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55"
SELF = f"/api/v1/reports/{ID}"
QUERY: dict[str, Any] = {
    "dimensions": ["source", "campaign_id", "country"],
    "metrics": ["clicks", "conversions", "revenue"],
    "filters": [
        {"field": "source", "operator": "in", "values": ["google", "facebook"]},
        {"field": "conversion_value", "operator": "gt", "value": 10},
    ],
    "time_range": {"start": "2024-01-01", "end": "2024-01-31"},
    "group_by": "day",
    "order_by": [{"field": "revenue", "direction": "desc"}],
    "limit": 1000,
}
TRAFFIC: dict[str, Any] = {"period": "last_7_days", "granularity": "day", "breakdown": ["source"]}
CAMPAIGNS: dict[str, Any] = {
    "campaign_id": ["summer_2024", "autumn_2024"],
    "metrics": ["clicks", "conversions", "revenue"],
    "period": "last_30_days",
    "compare": "previous_period",
    "totals": True,
}
FUNNEL: dict[str, Any] = {
    "steps": [
        {"event": "click"},
        {"event": "view", "filters": [{"field": "path", "operator": "eq", "value": "/pricing"}]},
        {"event": "purchase", "label": "paid"},
    ],
    "window": {"value": 14, "unit": "day"},
    "breakdown": ["channel"],
    "period": "last_30_days",
}
COHORTS: dict[str, Any] = {
    "cohort_type": "weekly",
    "metric": "retention",
    "time_range": {"start": "2025-10-06", "end": "2025-12-28"},
    "start_event": "signup",
    "return_event": {
        "event": "view",
        "filters": [{"field": "device_type", "operator": "eq", "value": "mobile"}],
    },
    "retention_type": "first_ever",
}
REALTIME: dict[str, Any] = {"metrics": ["visitors", "page_views"], "last": "1h"}
DISCOVERY: dict[str, Any] = {
    "period": "last_30_days",
    "min_traffic": 50,
    "max_patterns": 10,
    "filters": [{"field": "country", "operator": "in", "values": ["DE", "US"]}],
}
ATTRIBUTION: dict[str, Any] = {
    "period": "last_30_days",
    "dimension": "campaign_id",
    "models": ["last_touch", "position_based", "markov"],
    "lookback": {"value": 14, "unit": "days"},
}
JOURNEYS: dict[str, Any] = {"conversion_event": "purchase", "dimension": "channel", "limit": 20}
PROGRESS: dict[str, Any] = {
    "fraction": 0.0,
    "stage": "queued",
    "rows_read": 0,
    "rows_total": None,
    "bytes_read": 0,
    "elapsed_ms": 0,
    "queue_position": 1,
}
QUEUED: dict[str, Any] = {
    "id": ID,
    "kind": "traffic",
    "status": "queued",
    "progress": PROGRESS,
    "created_at": "2026-01-07T09:30:00Z",
    "started_at": None,
    "finished_at": None,
    "expires_at": None,
    "request": TRAFFIC,
    "error": None,
    "cache": None,
    "links": {
        "self": SELF,
        "result": f"{SELF}/result",
        "cancel": f"{SELF}/cancel",
        "retry": f"{SELF}/retry",
    },
}
ROWS: dict[str, Any] = {
    "columns": [
        {"name": "time", "type": "date", "role": "dimension"},
        {"name": "visitors", "type": "integer", "role": "metric"},
    ],
    "rows": [["2026-01-06", 1240], ["2026-01-07", 318]],
    "totals": None,
    "comparison": None,
    "meta": {
        "organization": "demo",
        "row_count": 2,
        "truncated": False,
        "window": {"start": "2026-01-06T00:00:00Z", "end": "2026-01-08T00:00:00Z"},
        "granularity": "day",
        "timezone": "UTC",
        "table": "acquisition_15m",
        "source": "clickhouse",
        "rows_read": 4100,
        "bytes_read": 180400,
        "elapsed_ms": 9,
        "exact": True,
        "watermark": "2026-01-07T09:29:41Z",
        "computed_at": "2026-01-07T09:30:00Z",
        "ttl_seconds": 14400,
    },
}
ESTIMATE: dict[str, Any] = {
    "rows": 61_400,
    "bytes": 18_420_000,
    "seconds": 0.01,
    "table": "acquisition_15m",
    "reason": "the smallest rollup with all of its fields",
    "considered": [
        {
            "table": "acquisition_1d",
            "taken": False,
            "why": "keeps whole UTC days, which this question cuts",
        },
        {
            "table": "acquisition_15m",
            "taken": True,
            "why": "the smallest rollup with all of its fields",
        },
    ],
    "unknown": [],
    "window": {"start": "2026-01-01T00:00:00+01:00", "end": "2026-01-08T00:00:00+01:00"},
    "previous": None,
    "exact": {"error": 0.003, "sampled": None},
    "limit": 50_000_000,
    "alternatives": [],
}


def _answer(name: str, value: Any, status: int) -> OpenApiExample:
    return OpenApiExample(
        name, value=value, response_only=True, status_codes=[str(status)], media_type=JSON
    )


def _request(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True, media_type=JSON)


REQUESTS = {
    "query": [_request("revenue by source, campaign and country", QUERY)],
    "traffic": [_request("a week by source", TRAFFIC)],
    "campaigns": [_request("two campaigns and the month before", CAMPAIGNS)],
    "funnel": [_request("from click to payment by channel", FUNNEL)],
    "cohorts": [_request("who came back in the weeks after signing up", COHORTS)],
    "attribution": [_request("campaigns by three models", ATTRIBUTION)],
    "journeys": [
        _request("the most frequent paths to a purchase", JOURNEYS),
        _request("what follows a signup", {"after": "signup", "period": "last_7_days"}),
    ],
    "realtime": [_request("the last hour, minute by minute", REALTIME)],
    "discovery": [_request("the most valuable patterns of 30 days", DISCOVERY)],
}
assert set(REQUESTS) == set(KINDS)  # noqa: S101  every kind shows an example
SUBMISSION = [
    _request("a query", {"kind": "query", "request": QUERY}),
    _request("traffic", {"kind": "traffic", "request": TRAFFIC}),
]
ESTIMATED = [_answer("what it takes", ESTIMATE, 200)]
CATALOG = [_answer("the catalog", offer.describe(), 200)]
ACCEPTED = [_answer("accepted", QUEUED, 202)]
REPORT = [_answer("queued", QUEUED, 200)]
PAGE = [_answer("a page", {"items": [QUEUED], "next": None}, 200)]
RESULT = [_answer("rows", ROWS, 200)]
ANSWERED = [*RESULT, *ACCEPTED]
TICKET = [
    _answer(
        "a ticket",
        {
            "ticket": "q1u4hV0mTq9w",
            "expires_in": 60,
            "url": "ws://localhost:8001/ws/v1/?ticket=q1u4hV0mTq9w",
        },
        201,
    )
]
ROOT = [
    _answer(
        "links",
        {
            "name": "Trellis Warehouse",
            "version": 1,
            "links": {"reports": "/api/v1/reports"},
            "websocket": "ws://localhost:8001/ws/v1/",
        },
        200,
    )
]
