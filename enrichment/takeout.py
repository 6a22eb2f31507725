"""What a takeout holds of the intake: the events of batches that wait or were set aside.

They are in no month of the archive, as they are not stored. What the organization does not keep,
raw addresses, is not handed over either; of a damaged batch nobody can tell what it holds.
"""

from collections.abc import Iterator
from uuid import UUID

from enrichment import columns
from enrichment.models import UNSTORED, Batch
from warehouse.custody.takeout import RawFile


def unstored(organization_id: UUID) -> Iterator[RawFile]:
    """Yield every batch that is not stored and whose payload is there, the oldest first."""
    rows = Batch.objects.filter(organization=organization_id, state__in=UNSTORED)
    for pk in list(rows.order_by("received_at", "pk").values_list("pk", flat=True)):
        batch = rows.filter(pk=pk).exclude(payload=b"").select_related("organization").first()
        if batch:
            yield _file(batch)


def _file(batch: Batch) -> RawFile:
    events = columns.salvage(bytes(batch.payload))
    facts = {
        "rows": batch.events,
        "state": batch.state,
        "received_at": batch.received_at.isoformat(),
        "reason": batch.reason,
        "damaged": events is None,
    }
    if events and not batch.organization.store_ip:
        events.values.pop("ip", None)
    payload = columns.pack(events)[0] if events else b""
    return RawFile(f"unstored/{batch.pk}.json.zst", payload, facts)
