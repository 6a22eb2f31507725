"""Seals an organization's lane: while an errand works at its events, nothing is stored for it.

Events are accepted meanwhile, and wait. A seal ends with its errand, however that ends, so a dead
worker leaves the lane shut until the errand is taken up again, and never for good.
"""

from django.db.models import Exists, OuterRef, Q

from enrichment.models import Lane
from warehouse.clock import now
from warehouse.custody.models import OPEN, Errand
from warehouse.tenancy.models import Organization


def seal(errand: Errand) -> bool:
    """Shut the lane; True once the insert group that it stood in has ended.

    Of an organization that is gone nothing can be stored.
    """
    owner = errand.organization_id
    if not Organization.objects.filter(pk=owner).exists():
        return True
    lane, _ = Lane.objects.get_or_create(organization_id=owner, defaults={"served_at": now()})
    Lane.objects.filter(pk=lane.pk).update(sealed_for=errand.pk)
    return Lane.objects.filter(pk=lane.pk, group=None).exists()


def release(errand: Errand) -> None:
    """Open the lane again."""
    mine = Lane.objects.filter(organization=errand.organization_id, sealed_for=errand.pk)
    mine.update(sealed_for=None)


def unsealed() -> Q:
    """Return the condition that a lane is not shut."""
    held = Errand.objects.filter(pk=OuterRef("sealed_for"), state__in=OPEN)
    return Q(sealed_for=None) | ~Q(Exists(held))
