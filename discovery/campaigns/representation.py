"""The public form of campaigns, and of what a worker does with them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from discovery.campaigns.campaigns import DEEDS
from discovery.models import Campaign
from warehouse.custody.models import Errand

BASE = "/api/v1/campaigns"
AMOUNTS = ("conversions", "revenue")


def describe(campaign: Campaign) -> dict[str, Any]:
    """Return the document of one campaign."""
    return describe_all([campaign])[0]


def describe_all(campaigns: Sequence[Campaign]) -> list[dict[str, Any]]:
    """Return the documents of campaigns, at the price of one query."""
    names = [one.errand for one in campaigns if one.errand]
    errands = {one.pk: one for one in Errand.objects.filter(pk__in=names)} if names else {}
    return [_document(one, errands.get(one.errand) if one.errand else None) for one in campaigns]


def job(errand: Errand) -> dict[str, Any]:
    """Return the document of what a worker does with a campaign."""
    address = f"{BASE}/{errand.request['campaign']}"
    return {
        "id": str(errand.pk),
        "do": errand.request["do"],
        "status": errand.state,
        "progress": {"fraction": errand.fraction, "stage": errand.stage},
        "created_at": errand.created_at,
        "started_at": errand.started_at,
        "finished_at": errand.finished_at,
        "error": errand.error,
        "links": {"campaign": address},
    }


def _document(campaign: Campaign, errand: Errand | None) -> dict[str, Any]:
    address = f"{BASE}/{campaign.pk}"
    return {
        "id": str(campaign.pk),
        "name": campaign.name,
        "campaign_id": campaign.campaign_id,
        "state": campaign.state,
        "pattern_id": campaign.pattern_id and str(campaign.pattern_id),
        "filters": campaign.filters,
        "time_range": {"start": campaign.start, "end": campaign.end},
        "timezone": campaign.timezone,
        "ongoing": campaign.ongoing,
        "preview": campaign.preview and _previewed(campaign.preview),
        "moved": campaign.moved and numbers(campaign.moved),
        "job": job(errand) if errand else None,
        "created_at": campaign.created_at,
        "created_by": campaign.subject,
        "applied_at": campaign.applied_at,
        "undone_at": campaign.undone_at,
        "links": {"self": address, **{deed: f"{address}/{deed}" for deed in DEEDS}},
    }


def _previewed(preview: Mapping[str, Any]) -> dict[str, Any]:
    changes = [numbers(one) for one in preview["campaigns"]]
    return {**numbers(preview), "campaigns": changes}


def numbers(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures with their amounts, which are kept as text, as numbers with all digits."""
    amounts = {name: figures[name] for name in AMOUNTS if isinstance(figures.get(name), str)}
    return {**figures, **{name: orjson.Fragment(text) for name, text in amounts.items()}}
