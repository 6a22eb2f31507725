"""How long the intake's rows are kept once their events are stored."""

from datetime import datetime

from enrichment.models import Batch, InsertGroup

# One statement deletes at most so many rows: on SQLite nobody else writes meanwhile.
AT_ONCE = 1_000


def purge(*, before: datetime) -> int:
    """Delete the rows of batches and groups that ended earlier; rejected batches stay."""
    deleted = 0
    for rows in (
        Batch.objects.filter(state="stored", stored_at__lt=before),
        InsertGroup.objects.filter(finished_at__lt=before, batches=None),
    ):
        while names := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
            deleted += rows.model.objects.filter(pk__in=names).delete()[0]
    return deleted
