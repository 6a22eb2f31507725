"""What a takeout tells of an organization's reports: what was asked, by whom, what became of it.

Results are not in it: they can be computed from the events.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from reports.models import Report

AT_ONCE = 1_000
COLUMNS = (
    "id", "kind", "status", "request", "subject", "created_at", "started_at", "finished_at",
    "expires_at", "error",
)  # fmt: skip


def requests(organization_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the organization's reports, the oldest first."""
    found = Report.objects.filter(organization=organization_id).order_by("created_at", "pk")
    yield from found.values(*COLUMNS).iterator(chunk_size=AT_ONCE)
