"""What doors call: accept events, and look up what became of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from enrichment import columns, tasks
from enrichment.models import Batch, Lane
from enrichment.validation import Checked, EventError, validate
from warehouse.exceptions import NotFound
from warehouse.tenancy import months
from warehouse.tenancy.principal import Tenant


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of events that were sent; `batch_id` is None where none was good."""

    batch_id: str | None
    accepted: int
    rejected: int
    errors: tuple[EventError, ...]


def accept(events: Sequence[Any], *, tenant: Tenant, source: str, now: datetime) -> Accepted:
    """Check decoded events and commit the good ones as one batch: from then on they are safe.

    They count towards the month's events, and are not refused for its quota.
    """
    batch, accepted = prepare(events, tenant=tenant, source=source, now=now)
    with transaction.atomic():
        if batch is not None:
            months.count(tenant.id, batch.events, now=now)
        return promise(batch, accepted)


def prepare(
    events: Sequence[Any],
    *,
    tenant: Tenant,
    source: str,
    now: datetime,
    broken: Sequence[EventError] = (),
) -> tuple[Batch | None, Accepted]:
    """Check decoded events and pack the good ones; nothing is written yet.

    `broken` are errors known already; the events at their indexes count as rejected. This is the
    long part: no transaction should be open meanwhile.
    """
    checked = _without_doubles(validate(events, tenant=tenant, now=now), broken)
    count = checked.columns.count
    batch = _batch(checked, tenant=tenant, source=source, now=now) if count else None
    batch_id = str(batch.pk) if batch else None
    return batch, Accepted(batch_id, count, checked.rejected, tuple(checked.errors))


def promise_within(batch: Batch | None, accepted: Accepted, tenant: Tenant) -> Accepted:
    """Promise a batch as `promise` does; raises `LimitExceeded` beyond the month's quota."""
    with transaction.atomic():
        if batch is not None:
            months.count_within(tenant, batch.events, now=batch.received_at)
        return promise(batch, accepted)


def promise(batch: Batch | None, accepted: Accepted) -> Accepted:
    """Write the row of a prepared batch and tell the workers.

    Inside a transaction of the caller, the promise holds once that commits.
    """
    if batch is not None:
        with transaction.atomic():
            lane = Lane(organization_id=batch.organization_id, served_at=batch.received_at)
            Lane.objects.bulk_create([lane], ignore_conflicts=True)
            batch.save(force_insert=True)
            transaction.on_commit(tasks.hint)
    return accepted


def _batch(checked: Checked, *, tenant: Tenant, source: str, now: datetime) -> Batch:
    payload, size = columns.pack(checked.columns)
    return Batch(
        id=uuid.uuid4(),
        organization_id=uuid.UUID(tenant.id),
        source=source,
        received_at=now,
        events=checked.columns.count,
        size=size,
        payload=payload,
    )


def _without_doubles(checked: Checked, broken: Sequence[EventError]) -> Checked:
    """Return `checked` with each broken line's own error instead of "must be an object"."""
    if not broken:
        return checked
    known = {error.index for error in broken}
    errors = [error for error in checked.errors if error.index not in known]
    both = sorted([*errors, *broken], key=lambda error: error.index)
    return Checked(checked.columns, both, checked.rejected)


def find(batch_id: uuid.UUID, tenant: Tenant) -> Batch:
    """Return a batch without its payload; raises `NotFound`, also for another organization's."""
    found = Batch.objects.filter(id=batch_id, organization_id=tenant.id).defer("payload").first()
    if found is None:
        raise NotFound("There is no such batch.")
    return found
