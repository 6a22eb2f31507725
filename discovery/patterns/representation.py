"""The public form of patterns that are kept, the same in every answer."""

from collections.abc import Sequence
from typing import Any

from discovery.models import Pattern
from discovery.patterns.told import time_range
from warehouse.language.query import Window

BASE = "/api/v1/patterns"
QUERY = "/api/v1/analytics/query"
SHOWN = ("events", "visitors", "conversions", "revenue")


def describe_all(patterns: Sequence[Pattern]) -> list[dict[str, Any]]:
    """Return the documents of patterns."""
    return [describe(one) for one in patterns]


def describe(one: Pattern) -> dict[str, Any]:
    """Return the document of a pattern; `query` is what to ask to see its events."""
    window = time_range(Window(one.start, one.end), one.timezone)
    return {
        "organization_id": str(one.organization_id),
        "pattern_id": str(one.pk),
        "kind": one.kind,
        "confidence": one.confidence,
        "sample_size": one.sample_size,
        "time_range": window,
        "timezone": one.timezone,
        "traffic_sources": one.traffic_sources,
        "geo_regions": one.geo_regions,
        "device_types": one.device_types,
        "hours": one.hours,
        "suggested_name": one.suggested_name,
        "estimated_value": one.estimated_value,
        "potential_reach": one.potential_reach,
        "filters": one.filters,
        "explanation": one.explanation,
        "found_at": one.found_at,
        "dismissed_at": one.dismissed_at,
        "dismissed_by": one.dismissed_by or None,
        "query": {
            "metrics": list(SHOWN),
            "filters": one.filters,
            "time_range": window,
            "timezone": one.timezone,
            "include_bots": one.include_bots,
        },
        "links": {
            "self": f"{BASE}/{one.pk}",
            "dismiss": f"{BASE}/{one.pk}/dismiss",
            "restore": f"{BASE}/{one.pk}/restore",
            "query": QUERY,
        },
    }
