"""What the intake holds of a visitor: events in batches that are not stored yet, and event ids.

To be called while the organization's lane is sealed.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from enrichment import columns, pipeline
from enrichment.models import Batch
from enrichment.repeats import hashed
from warehouse.sources.clickhouse import BULK_SECONDS, ClickHouse
from warehouse.sql import erasing
from warehouse.tenancy.models import Organization

KEPT = timedelta(days=15)
"""Ids are forgotten 14 days after they were stored."""
UNSTORED = ("pending", "rejected")


def waiting(organization_id: uuid.UUID, visitor_id: str) -> int:
    """Return how many events of the visitor stand in batches that are not stored."""
    return sum(batch.events - len(kept) for batch, kept in _batches(organization_id, visitor_id))


def drop(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Take the visitor's events out of batches that are not stored; an empty one has ended."""
    for batch, kept in _batches(organization_id, visitor_id):
        if len(kept) == batch.events:
            continue
        batch.payload, batch.size = columns.pack(columns.unpack(bytes(batch.payload)).take(kept))
        batch.events = len(kept)
        if not kept:
            batch.state, batch.stored_at, batch.payload, batch.reason = "stored", now, b"", ""
        batch.save(update_fields=("payload", "size", "events", "state", "stored_at", "reason"))


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


def _batches(organization_id: uuid.UUID, visitor_id: str) -> Iterator[tuple[Batch, list[int]]]:
    """Yield each batch that is not stored, and which of its events are not the visitor's.

    Whom the sender has not named is known only after the pipeline.
    """
    owner = Organization.objects.get(pk=organization_id)
    context = pipeline.Context(salt=owner.visitor_salt.encode())
    found = Batch.objects.filter(organization=owner, state__in=UNSTORED, group=None)
    rejected = Batch.objects.filter(organization=owner, state="rejected").exclude(group=None)
    for pk in [*found.values_list("pk", flat=True), *rejected.values_list("pk", flat=True)]:
        batch = Batch.objects.get(pk=pk)
        if not batch.payload:
            continue
        seen = pipeline.run(columns.unpack(bytes(batch.payload)), context)
        visitors = seen.get("visitor_id")
        yield batch, [index for index, name in enumerate(visitors) if name != visitor_id]
