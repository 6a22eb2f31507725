"""What campaigns hold of a visitor: rules that name it go, events keep the campaign they have."""

import uuid
from datetime import datetime

from discovery.campaigns import campaigns
from discovery.models import Campaign
from warehouse.custody.naming import holds
from warehouse.tenancy.audit import Actor


def naming(organization_id: uuid.UUID, visitor_id: str) -> list[Campaign]:
    """Return the campaigns whose rule holds the visitor's id."""
    found = Campaign.objects.filter(organization=organization_id).order_by("pk")
    return [one for one in found if holds(one.filters, visitor_id)]


def remove(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Delete these campaigns, whatever their state."""
    for campaign in naming(organization_id, visitor_id):
        campaigns.record("campaign.removed", campaign, by=Actor(), now=now)
        campaign.delete()
