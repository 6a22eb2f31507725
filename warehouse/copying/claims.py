"""Who copies an organization: one worker at a time, organizations in turn, by lease and fence.

A lease only keeps workers from getting in each other's way. What makes it safe is the fence, which
BigQuery compares as it publishes: whoever was passed by publishes nothing, however late it wakes.
"""

import uuid
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from warehouse.copying.models import CopiedDay, Copy
from warehouse.exceptions import WarehouseError
from warehouse.models import Day
from warehouse.tenancy.models import Organization

LEASE = timedelta(minutes=15)
BACKOFF_SECONDS = (5, 30, 120, 600)
Due = list[tuple[date, int]]
"""Days to copy, each with the revision it has now."""


class LostCopy(Exception):
    """Another worker has the organization, or it is being erased; what this one does is void."""


def claim(place: str, *, owner: uuid.UUID, now: datetime) -> Copy | None:
    """Take the organization whose turn it is among those with days to copy; None without any."""
    for organization in _waiting(place, now)[:50]:
        row, _ = Copy.objects.get_or_create(
            organization_id=organization, place=place, defaults={"run_after": now}
        )
        taken = Copy.objects.filter(pk=row.pk, fence=row.fence).update(
            fence=F("fence") + 1, owner=owner, lease_until=now + LEASE, served_at=now
        )
        if taken:
            return Copy.objects.get(pk=row.pk)
    return None


def due(copy: Copy, most: int, *, now: datetime) -> Due:
    """Return days of an organization that are over and not copied as they are: the newest."""
    found = _stale(copy.place, now).filter(organization_id=copy.organization_id)
    return list(found.order_by("-day").values_list("day", "revision")[:most])


def waiting(place: str, *, now: datetime) -> int:
    """Return how many days of all organizations are over and not copied as they are."""
    return _stale(place, now).count()


def renew(copy: Copy, *, now: datetime) -> None:
    """Keep the organization for another lease; raises `LostCopy`."""
    _change(copy, lease_until=now + LEASE)


def intend(copy: Copy, day: date, *, now: datetime) -> None:
    """Write down that a day may be in the dataset from now on; raises `LostCopy`."""
    with transaction.atomic():
        _change(copy, lease_until=now + LEASE)
        CopiedDay.objects.get_or_create(
            organization_id=copy.organization_id, place=copy.place, day=day
        )


def record(copy: Copy, day: date, *, revision: int, rows: int, now: datetime) -> None:
    """Write down that a day was copied as it was at `revision`; raises `LostCopy`."""
    with transaction.atomic():
        _change(copy, lease_until=now + LEASE)
        CopiedDay.objects.filter(
            organization_id=copy.organization_id, place=copy.place, day=day
        ).update(revision=revision, rows=rows, at=now)


def settle(copy: Copy, *, now: datetime) -> None:
    """Give the organization back after a round that went well."""
    _change(copy, owner=None, lease_until=None, run_after=now, failures=0, error="")


def trouble(copy: Copy, error: WarehouseError, *, now: datetime) -> None:
    """Give the organization back after a failure, for a while that grows."""
    failures = copy.failures + 1
    wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1]
    _change(
        copy,
        owner=None,
        lease_until=None,
        run_after=now + timedelta(seconds=wait),
        failures=failures,
        error=error.detail[:500],
    )


def halt(organization: uuid.UUID, place: str) -> int:
    """Take the organization from whoever copies it; returns the fence from which copies hold."""
    found = Copy.objects.filter(organization_id=organization, place=place)
    found.update(fence=F("fence") + 1, owner=None, lease_until=None)
    return newest(organization, place) or 0


def newest(organization: uuid.UUID, place: str) -> int | None:
    """Return the fence that holds now, or None where nothing was ever copied."""
    found = Copy.objects.filter(organization_id=organization, place=place)
    return found.values_list("fence", flat=True).first()


def elsewhere(organization: uuid.UUID, place: str) -> list[str]:
    """Return the other datasets an organization was copied to."""
    found = Copy.objects.filter(organization_id=organization).exclude(place=place)
    return sorted(found.values_list("place", flat=True))


def _change(copy: Copy, **columns: object) -> None:
    held = Copy.objects.filter(pk=copy.pk, fence=copy.fence)
    if not held.update(**columns):
        raise LostCopy(str(copy))


def _stale(place: str, now: datetime) -> QuerySet[Day]:
    copied = CopiedDay.objects.filter(
        organization_id=OuterRef("organization_id"), place=place, day=OuterRef("day")
    )
    known = Subquery(copied.values("revision")[:1])
    over = Day.objects.filter(day__lt=now.astimezone(UTC).date()).alias(known=known)
    return over.filter(Q(known=None, rows__gt=0) | Q(known__lt=F("revision")))


def _waiting(place: str, now: datetime) -> QuerySet[Organization, uuid.UUID]:
    copy = Copy.objects.filter(organization_id=OuterRef("pk"), place=place)
    busy = copy.filter(Q(lease_until__gt=now) | Q(run_after__gt=now))
    stale = _stale(place, now).filter(organization_id=OuterRef("pk"))
    found = Organization.objects.filter(~Exists(busy), Exists(stale), suspended_at=None)
    served = Subquery(copy.values("served_at")[:1])
    turns = found.alias(served=served).order_by(F("served").asc(nulls_first=True), "pk")
    return turns.values_list("pk", flat=True)
