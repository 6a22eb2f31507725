"""What campaigns hold of a visitor: those that name it go, events keep the campaign they have."""

import uuid
from datetime import datetime

from django.db import transaction

from discovery.models import Campaign
from warehouse.custody.naming import holds
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor


def naming(organization_id: uuid.UUID, visitor_id: str) -> list[Campaign]:
    """Return the campaigns whose rule holds the visitor's id, or that are called so."""
    found = Campaign.objects.filter(organization=organization_id).order_by("pk")
    return [one for one in found if holds([one.filters, one.name, one.campaign_id], visitor_id)]


def remove(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Delete these campaigns, whatever their state; only while the organization's lane is sealed.

    Their names are not put on record: entries stay, and a name may be the visitor's.
    """
    for named in naming(organization_id, visitor_id):
        with transaction.atomic():
            rows = Campaign.objects.select_related("organization").select_for_update(of=("self",))
            if campaign := rows.filter(pk=named.pk).first():
                _remove(campaign, now)


def _remove(campaign: Campaign, now: datetime) -> None:
    audit.record(
        "campaign.removed",
        actor=Actor(),
        organization=campaign.organization,
        now=now,
        target=f"campaign:{campaign.pk}",
    )
    campaign.delete()
