"""How what a campaign moves is written down: figures, and the receipt of its errand."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from discovery.models import Campaign
from warehouse.custody import receipts
from warehouse.custody.models import Errand

PLACES = Decimal("1e-4")


def figures(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures as they are kept: whole numbers, and amounts as text."""
    return {name: amount(value) if name == "revenue" else value for name, value in found.items()}


def amount(value: Decimal | int) -> str:
    """Return an amount as text, with at most four places and no zeros that say nothing."""
    return f"{Decimal(value).quantize(PLACES).normalize() + 0:f}"


def receipt(errand: Errand, campaign: Campaign, *, now: datetime, **told: Any) -> dict[str, Any]:
    """Return the columns of an errand that say what it did with a campaign."""
    document = {
        "version": 1,
        "errand": str(errand.pk),
        "kind": errand.kind,
        "do": errand.request["do"],
        "organization": {"id": errand.organization, "slug": errand.organization_slug},
        "campaign": {"id": str(campaign.pk), "campaign_id": campaign.campaign_id},
        "asked_by": {"subject": errand.subject, "name": errand.subject_name},
        "asked_at": receipts.instant(errand.created_at),
        "finished_at": receipts.instant(now),
        **told,
    }
    return {"receipt": document, "receipt_sha256": receipts.digest(document)}
