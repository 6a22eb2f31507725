"""One row of everything that discovery keeps, which nobody has put on record."""

from discovery.models import Campaign, Pattern

NEWS = [{"field": "source", "operator": "eq", "value": "news"}]


def discovered(organization, name="nightly", *, now, **more) -> Campaign:
    """Give the organization a pattern and a campaign made of it, and return that."""
    pattern = Pattern.objects.create(
        organization=organization,
        fingerprint=name,
        kind="cluster",
        confidence=1,
        sample_size=9,
        start=now,
        end=now,
        timezone="UTC",
        suggested_name=name,
        estimated_value=5,
        potential_reach=3,
        filters=NEWS,
        explanation="They came from news.",
        found_at=now,
    )
    columns = {
        "organization": organization,
        "name": name,
        "campaign_id": name,
        "filters": NEWS,
        "pattern": pattern,
        "start": now,
        "end": now,
        "timezone": "UTC",
        "subject": "user:1",
        "created_at": now,
    }
    return Campaign.objects.create(**{**columns, **more})
