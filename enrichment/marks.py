"""Whose days are marked to be rolled up, and free for it; imports no driver."""

import uuid

from enrichment.models import Lane
from warehouse.models import Day
from warehouse.tenancy.models import Organization


def due() -> bool:
    """Tell whether there is a marked day whose organization stands in no open group."""
    return next_organization() is not None


def next_organization() -> uuid.UUID | None:
    """Return an organization with marked days whose lane is free."""
    busy = Lane.objects.exclude(group=None).values("organization_id")
    marked = Day.objects.filter(
        rolled_up=False, organization_id__in=Organization.objects.values("pk")
    )
    free = marked.exclude(organization_id__in=busy)
    found: uuid.UUID | None = free.values_list("organization_id", flat=True).first()
    return found
