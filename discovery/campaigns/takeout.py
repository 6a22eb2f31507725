"""What a takeout tells of an organization's campaigns: their rules, and what became of them."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from discovery.models import Campaign

AT_ONCE = 1_000
CAMPAIGN = (
    "id", "name", "campaign_id", "pattern_id", "filters", "start", "end", "timezone", "ongoing",
    "ongoing_since", "state", "preview", "moved", "subject", "created_at", "applied_at",
    "undone_at",
)  # fmt: skip


def campaigns(organization_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the organization's retroactive campaigns, the oldest first."""
    found = Campaign.objects.filter(organization=organization_id).order_by("created_at", "pk")
    yield from found.values(*CAMPAIGN).iterator(chunk_size=AT_ONCE)
