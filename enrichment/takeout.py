"""What a takeout holds of the intake: batches that wait or were set aside, as they are kept.

Their events are in no month of the archive, as they are not stored, and a damaged one can be read
by nobody here: so their bytes are handed over, whatever they are.
"""

from collections.abc import Iterator
from uuid import UUID

from enrichment.models import Batch
from warehouse.custody.takeout import RawFile

UNSTORED = ("pending", "rejected")


def unstored(organization_id: UUID) -> Iterator[RawFile]:
    """Yield every batch that is not stored and whose payload is there, the oldest first."""
    found = Batch.objects.filter(organization=organization_id, state__in=UNSTORED)
    for pk in list(found.order_by("received_at", "pk").values_list("pk", flat=True)):
        batch = found.filter(pk=pk).first()
        if batch and batch.payload:
            facts = {
                "rows": batch.events,
                "state": batch.state,
                "received_at": batch.received_at.isoformat(),
                "reason": batch.reason,
            }
            yield RawFile(f"unstored/{pk}.json.zst", bytes(batch.payload), facts)
