"""Whose days are marked to be rolled up, and free for it; imports no driver."""

import random
import uuid

from django.db.models import Q, QuerySet

from enrichment import sealing
from enrichment.models import Lane
from warehouse.models import Day
from warehouse.tenancy.models import Organization


def due() -> bool:
    """Tell whether there is a marked day whose organization stands in no open group."""
    return _free().exists()


def next_organization() -> uuid.UUID | None:
    """Return any organization with marked days whose lane is free.

    A different one each time: one whose days cannot be rolled up is in nobody's way.
    """
    found = list(_free().values_list("organization_id", flat=True).distinct())
    return random.choice(found) if found else None  # noqa: S311


def _free() -> QuerySet[Day]:
    """Return the marked days of organizations whose lane is free."""
    busy = Lane.objects.filter(~Q(group=None) | ~sealing.unsealed()).values("organization_id")
    marked = Day.objects.filter(
        rolled_up=False, organization_id__in=Organization.objects.values("pk")
    )
    return marked.exclude(organization_id__in=busy)
