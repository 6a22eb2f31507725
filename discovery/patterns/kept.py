"""Patterns that are kept: found again they are the same row, and a dismissal lasts."""

import uuid
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from discovery.models import Pattern
from discovery.patterns.told import Told
from warehouse.custody.naming import holds
from warehouse.exceptions import NotFound
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Tenant

MOST = 1_000
"""How many patterns an organization keeps, and how many that are dismissed; besides those that
campaigns are made of."""
SAME = [one.name for one in fields(Told) if one.name not in ("id", "fingerprint", "window")]
UPDATED = [*SAME, "start", "end", "found_at"]


def keep(organization_id: str, found: Sequence[Told], *, now: datetime) -> None:
    """Keep what was found; beyond a bound those go that were found longest ago.

    An organization that was erased meanwhile keeps nothing.
    """
    with transaction.atomic():
        # No key: other rows that refer to the organization are written meanwhile.
        rows = Organization.objects.select_for_update(no_key=True)
        if not found or rows.filter(pk=organization_id).first() is None:
            return
        Pattern.objects.bulk_create(
            [_row(organization_id, one, now) for one in found],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=UPDATED,
        )
        _bound(organization_id)


def _row(organization_id: str, one: Told, now: datetime) -> Pattern:
    return Pattern(
        id=one.id,
        organization_id=organization_id,
        fingerprint=one.fingerprint,
        start=one.window.start,
        end=one.window.end,
        found_at=now,
        **{name: getattr(one, name) for name in SAME},
    )


def _bound(organization_id: str) -> None:
    free = Pattern.objects.filter(organization_id=organization_id, campaigns=None)
    for standing in (True, False):
        newest = free.filter(dismissed_at__isnull=standing).order_by("-found_at", "-pk")
        gone = list(newest.values_list("pk", flat=True)[MOST:])
        Pattern.objects.filter(pk__in=gone).delete()


def of(tenant: Tenant) -> QuerySet[Pattern]:
    """Return the tenant's patterns."""
    return Pattern.objects.filter(organization_id=tenant.id)


def find(pattern_id: uuid.UUID | str, tenant: Tenant) -> Pattern:
    """Return the tenant's pattern; `NotFound` also for another organization's."""
    try:
        return of(tenant).get(pk=uuid.UUID(str(pattern_id)))
    except (ValueError, Pattern.DoesNotExist):
        raise NotFound("There is no such pattern.") from None


def dismiss(pattern: Pattern, *, by: Actor, now: datetime) -> Pattern:
    """Have lists leave a pattern out, also when it is found again; twice is like once."""
    return _decide(pattern, "pattern.dismissed", by=by, now=now, dismissed=True)


def restore(pattern: Pattern, *, by: Actor, now: datetime) -> Pattern:
    """Take a dismissal back; twice is like once."""
    return _decide(pattern, "pattern.restored", by=by, now=now, dismissed=False)


def _decide(pattern: Pattern, action: str, *, by: Actor, now: datetime, dismissed: bool) -> Pattern:
    with transaction.atomic():
        rows = Pattern.objects.select_related("organization").select_for_update(of=("self",))
        current = rows.filter(pk=pattern.pk).first()
        if current is None:
            raise NotFound("There is no such pattern.")
        if (current.dismissed_at is not None) == dismissed:
            return current
        current.dismissed_at = now if dismissed else None
        current.dismissed_by = by.subject if dismissed else ""
        current.save(update_fields=("dismissed_at", "dismissed_by"))
        # Of its rule and name nothing: they may name a visitor, and entries stay.
        audit.record(
            action,
            actor=by,
            organization=current.organization,
            now=now,
            target=f"pattern:{current.pk}",
            details={"kind": current.kind, "sample_size": current.sample_size},
        )
    return current


def naming(organization_id: uuid.UUID, visitor_id: str) -> list[uuid.UUID]:
    """Return the patterns whose rule, name, or what is told of them has the visitor's id."""
    found = Pattern.objects.filter(organization=organization_id).order_by("pk")
    names = ("suggested_name", "filters", "traffic_sources", "geo_regions", "device_types")
    return [
        one.pk
        for one in found.iterator(chunk_size=200)
        if any(holds(getattr(one, name), visitor_id) for name in names)
    ]


def remove_naming(organization_id: uuid.UUID, visitor_id: str) -> None:
    """Delete these patterns; campaigns made of them stay, and stand by themselves."""
    Pattern.objects.filter(pk__in=naming(organization_id, visitor_id)).delete()
