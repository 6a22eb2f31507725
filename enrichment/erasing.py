"""What the intake holds of a visitor: events in batches that are not stored yet, and event ids.

To be called while the organization's lane is sealed. A batch that cannot be read cannot be searched
either: it may hold the visitor, so all of it goes.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import zstandard

from enrichment import columns, pipeline
from enrichment.columns import Columns
from enrichment.models import Batch
from enrichment.repeats import hashed
from warehouse.sources.clickhouse import BULK_SECONDS, ClickHouse
from warehouse.sql import erasing
from warehouse.tenancy.models import Organization

KEPT = timedelta(days=15)
"""Ids are forgotten 14 days after they were stored."""
UNSTORED = ("pending", "rejected")
UNREADABLE = (
    *(zstandard.ZstdError, ValueError, ArithmeticError),
    *(LookupError, TypeError, AttributeError),
)
"""What reading a payload raises that is damaged, or not what the pipeline expects."""
REASON = "Erased: it could not be read, so nobody could tell whether an erased visitor was in it."


def waiting(organization_id: uuid.UUID, visitor_id: str) -> int:
    """Return how many events of the visitor stand in batches that are not stored."""
    found = _batches(organization_id, visitor_id)
    return sum(batch.events - others.count for batch, others in found if others)


def drop(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Take the visitor's events out of batches that are not stored; an empty one has ended."""
    for batch, others in _batches(organization_id, visitor_id):
        if others is None or others.count == batch.events:
            continue
        batch.payload, batch.size = columns.pack(others)
        batch.events = others.count
        if not others.count:
            batch.state, batch.stored_at, batch.payload, batch.reason = "stored", now, b"", ""
        batch.save(update_fields=("payload", "size", "events", "state", "stored_at", "reason"))


def unreadable(organization_id: uuid.UUID, visitor_id: str) -> int:
    """Return how many batches that are not stored cannot be searched for the visitor."""
    return sum(others is None for _, others in _batches(organization_id, visitor_id))


def drop_unreadable(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Empty the batches that cannot be searched; their rows stay and say so."""
    for batch, others in _batches(organization_id, visitor_id):
        if others is None:
            batch.state, batch.stored_at, batch.payload, batch.reason = "rejected", now, b"", REASON
            batch.save(update_fields=("state", "stored_at", "payload", "reason"))


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


def _batches(organization_id: uuid.UUID, visitor_id: str) -> Iterator[tuple[Batch, Columns | None]]:
    """Yield each batch that is not stored, and its events that are not the visitor's.

    None stands for the events of a batch that cannot be read.
    """
    owner = Organization.objects.get(pk=organization_id)
    context = pipeline.Context(salt=owner.visitor_salt.encode())
    found = Batch.objects.filter(organization=owner, state__in=UNSTORED, group=None)
    rejected = Batch.objects.filter(organization=owner, state="rejected").exclude(group=None)
    for pk in [*found.values_list("pk", flat=True), *rejected.values_list("pk", flat=True)]:
        batch = Batch.objects.get(pk=pk)
        if not batch.payload:
            continue
        try:
            others = _without(bytes(batch.payload), visitor_id, context)
        except UNREADABLE:
            others = None
        yield batch, others


def _without(payload: bytes, visitor_id: str, context: pipeline.Context) -> Columns:
    """Return the events as they were sent; whose they are is known only after the pipeline."""
    visitors = pipeline.run(columns.unpack(payload), context).get("visitor_id")
    kept = [index for index, name in enumerate(visitors) if name != visitor_id]
    return columns.unpack(payload).take(kept)
