"""Patterns as discovery keeps them, without looking for any."""

import uuid
from datetime import timedelta
from decimal import Decimal

from discovery.models import Pattern

RULE = [
    {"field": "campaign_id", "operator": "is_null"},
    {"field": "source", "operator": "eq", "value": "forum"},
]


def pattern(organization, *, now, **more):
    """Keep a pattern of the organization, found now about the day before."""
    identity = uuid.uuid4()
    plain = {
        "id": identity,
        "organization": organization,
        "fingerprint": identity.hex,
        "kind": "cluster",
        "confidence": 0.9,
        "sample_size": 84,
        "start": now - timedelta(days=1),
        "end": now,
        "timezone": "UTC",
        "traffic_sources": ["forum"],
        "geo_regions": ["US"],
        "device_types": ["mobile"],
        "hours": [18, 19],
        "suggested_name": "forum · US",
        "estimated_value": Decimal("12.5"),
        "potential_reach": 61,
        "filters": RULE,
        "explanation": "84 events of 61 visitors.",
        "found_at": now,
    }
    return Pattern.objects.create(**plain | more)
