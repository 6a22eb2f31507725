"""One row of everything that discovery keeps, which nobody has put on record."""

import uuid
from datetime import timedelta
from decimal import Decimal

from discovery.models import Campaign, Pattern

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


def discovered(organization, name="nightly", *, now, **more) -> Campaign:
    """Give the organization a pattern and a campaign made of it, and return that."""
    columns = {
        "organization": organization,
        "name": name,
        "campaign_id": name,
        "filters": RULE,
        "pattern": pattern(organization, now=now, suggested_name=name),
        "start": now,
        "end": now,
        "timezone": "UTC",
        "subject": "user:1",
        "created_at": now,
    }
    return Campaign.objects.create(**{**columns, **more})
