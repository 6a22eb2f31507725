"""What the intake holds of a visitor: events in batches that are not stored yet, and event ids.

To be called while the organization's lane is sealed. A damaged batch cannot be searched: it may
hold the visitor, so all of it goes.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from enrichment import columns, pipeline
from enrichment.columns import Columns
from enrichment.models import Batch
from enrichment.repeats import hashed
from warehouse.sources.clickhouse import BULK_SECONDS, ClickHouse
from warehouse.sql import erasing
from warehouse.tenancy.models import Organization

KEPT = timedelta(days=15)
"""Ids are forgotten 14 days after they were stored."""
REASON = "Erased: it is damaged, so nobody could tell whether an erased visitor was in it."


def waiting(organization_id: uuid.UUID, visitor_id: str) -> int:
    """Return how many events of the visitor stand in batches that are not stored."""
    return sum(events.count - len(kept) for _, events, kept in _found(organization_id, visitor_id))


def drop(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Take the visitor's events out of batches that are not stored; an empty one has ended."""
    for batch, events, kept in _found(organization_id, visitor_id):
        if len(kept) == events.count:
            continue
        payload, size = columns.pack(events.take(kept))
        left = {"payload": payload, "size": size, "events": len(kept)}
        if not kept:
            left |= {"state": "stored", "stored_at": now, "payload": b"", "reason": ""}
        _still(batch).update(**left)


def unreadable(organization_id: uuid.UUID) -> int:
    """Return how many batches that are not stored are so damaged that nobody can search them."""
    return sum(events is None for _, events in _unstored(organization_id))


def drop_unreadable(organization_id: uuid.UUID, *, now: datetime) -> None:
    """Empty the batches that cannot be searched; their rows stay and say so."""
    for batch, events in _unstored(organization_id):
        if events is None:
            _still(batch).update(state="rejected", stored_at=now, payload=b"", reason=REASON)


def hashes(
    clickhouse: ClickHouse, organization: str, visitor_id: str, *, now: datetime
) -> list[int]:
    """Return what the ids of the visitor's stored events are known by."""
    statement = erasing.ids_of_visitor(organization, visitor_id, now - KEPT)
    found: set[int] = set()
    with clickhouse.stream(statement, tag="ids", timeout_seconds=BULK_SECONDS) as blocks:
        for block in blocks:
            found.update(hashed(event_id) for (event_id,) in block)
    return sorted(found)


def _found(
    organization_id: uuid.UUID, visitor_id: str
) -> Iterator[tuple[Batch, Columns, list[int]]]:
    """Yield each batch that can be searched, its events, and which of them are not the visitor's.

    Whom the sender has not named is known only by the pipeline. Where that fails, so does this:
    what is at fault then is ours, and no reason to delete anything.
    """
    owner = Organization.objects.get(pk=organization_id)
    context = pipeline.Context(salt=owner.visitor_salt.encode())
    for batch, events in _unstored(organization_id):
        if events:
            visitors = pipeline.visitors_of(events, context)
            yield batch, events, [at for at, name in enumerate(visitors) if name != visitor_id]


def _unstored(organization_id: uuid.UUID) -> Iterator[tuple[Batch, Columns | None]]:
    """Yield each batch that is not stored, and its events: nothing of one that is damaged."""
    rows = Batch.objects.filter(organization=organization_id)
    unstored = rows.filter(Q(state="pending", group=None) | Q(state="rejected"))
    for pk in list(unstored.values_list("pk", flat=True)):
        batch = rows.filter(pk=pk).exclude(payload=b"").first()
        if batch:
            yield batch, columns.salvage(bytes(batch.payload))


def _still(batch: Batch) -> QuerySet[Batch]:
    """Return the row if it is as it was read: who has changed it meanwhile has the last word."""
    return Batch.objects.filter(pk=batch.pk, state=batch.state).exclude(payload=b"")
