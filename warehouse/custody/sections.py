"""What a takeout tells of an organization beside its events: settings, people, keys, costs, audit.

Plain rows, without any secret: no digest of a key or an invitation, no salt.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from warehouse.models import Cost
from warehouse.studies.cents import number
from warehouse.tenancy.models import (
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    Organization,
)

AT_ONCE = 1_000
SECRET = frozenset({"digest", "visitor_salt"})
Row = Mapping[str, Any]


def settings(organization_id: UUID) -> Iterator[Row]:
    """Yield the organization's own row."""
    return _plain(Organization.objects.filter(pk=organization_id))


def members(organization_id: UUID) -> Iterator[Row]:
    """Yield who belongs to it, and as what."""
    found = Membership.objects.filter(organization=organization_id).order_by("pk")
    for one in found.select_related("user").iterator(chunk_size=AT_ONCE):
        yield {
            "username": one.user.get_username(),
            "email": getattr(one.user, "email", ""),
            "role": one.role,
            "since": one.created_at,
        }


def invitations(organization_id: UUID) -> Iterator[Row]:
    """Yield who was asked to."""
    return _plain(Invitation.objects.filter(organization=organization_id))


def keys(organization_id: UUID) -> Iterator[Row]:
    """Yield its API keys, of which nobody could make a token."""
    return _plain(ApiKey.objects.filter(organization=organization_id))


def costs(organization_id: UUID) -> Iterator[Row]:
    """Yield what its campaigns cost."""
    found = Cost.objects.filter(organization=organization_id).order_by("pk")
    for one in found.iterator(chunk_size=AT_ONCE):
        yield {"day": one.day, "campaign_id": one.campaign_id, "spend": number(one.units)}


def audit(organization_id: UUID) -> Iterator[Row]:
    """Yield what was done in it, by whom and from where."""
    return _plain(AuditEntry.objects.filter(organization_id=organization_id))


def _plain(rows: QuerySet[Any]) -> Iterator[Row]:
    names = [name for name in _columns(rows.model) if name not in SECRET]
    yield from rows.order_by("pk").values(*names).iterator(chunk_size=AT_ONCE)


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
