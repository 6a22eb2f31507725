"""How long the intake's rows are kept once their events are stored, or could not be."""

from datetime import UTC, date, datetime, time

from django.db import transaction

from enrichment.models import Batch, InsertGroup
from warehouse.custody import tending
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

# One statement deletes or empties at most so many rows: on SQLite nobody else writes meanwhile.
AT_ONCE = 1_000


def purge(*, before: datetime, emptied: datetime) -> int:
    """Delete the rows of batches and groups that ended earlier, and of those `emptied` earlier.

    Rejected batches that hold events stay.
    """
    deleted = 0
    for rows in (
        Batch.objects.filter(state="stored", stored_at__lt=before),
        Batch.objects.filter(state="rejected", payload=b"", stored_at__lt=emptied),
        InsertGroup.objects.filter(finished_at__lt=before, batches=None),
    ):
        while names := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
            deleted += rows.model.objects.filter(pk__in=names).delete()[0]
    return deleted


def forget(*, now: datetime) -> int:
    """Empty what was set aside longer ago than its organization keeps events; the rows stay."""
    forgotten = 0
    for organization in tending.bounded():
        if kept := organization.limits().retention_days:
            forgotten += _forget(organization, tending.first_day(kept, now), now)
    return forgotten


def _forget(organization: Organization, first: date, now: datetime) -> int:
    edge = datetime.combine(first, time(), UTC)
    old = Batch.objects.filter(organization=organization, state="rejected", received_at__lt=edge)
    old = old.exclude(payload=b"")
    reason = f"Forgotten: received before {first}, and the organization keeps events no longer."
    forgotten = 0
    while names := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            count = old.filter(pk__in=names).update(payload=b"", reason=reason, stored_at=now)
            audit.record(
                "batches.forgotten",
                actor=Actor(),
                organization=organization,
                now=now,
                details={"first_day_kept": first.isoformat(), "batches": count},
            )
        forgotten += count
    return forgotten
