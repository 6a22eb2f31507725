"""A batch on its way into the event store: its events, and the facts every step needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from enrichment import columns, pipeline
from enrichment.columns import Columns
from enrichment.models import Batch


@dataclass(slots=True)
class Parcel:
    """One batch after the pipeline; `repeats` counts the events that were dropped since."""

    batch_id: str
    organization_id: str
    received_at: datetime
    columns: Columns
    repeats: int = 0

    @property
    def arrival(self) -> int:
        """Return the time of arrival in milliseconds since 1970."""
        return round(self.received_at.timestamp() * 1000)

    def keep(self, kept: Sequence[int]) -> "Parcel":
        """Return the parcel with only the events at the indexes `kept`."""
        return Parcel(
            self.batch_id,
            self.organization_id,
            self.received_at,
            self.columns.take(kept),
            self.repeats,
        )


def open_batch(batch: Batch) -> Parcel:
    """Read a batch row (with its organization) and run the pipeline over its events."""
    organization = batch.organization
    context = pipeline.Context(
        salt=organization.visitor_salt.encode(), store_ip=organization.store_ip
    )
    return Parcel(
        str(batch.pk),
        str(organization.pk),
        batch.received_at,
        pipeline.run(columns.unpack(bytes(batch.payload)), context),
    )
