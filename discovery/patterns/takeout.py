"""What a takeout tells of an organization's patterns."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from discovery.models import Pattern
from discovery.patterns.representation import describe

AT_ONCE = 1_000
LEFT = ("links", "organization_id")


def patterns(organization_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the organization's patterns, also those that were dismissed."""
    found = Pattern.objects.filter(organization=organization_id).order_by("pk")
    for one in found.iterator(chunk_size=AT_ONCE):
        yield {name: value for name, value in describe(one).items() if name not in LEFT}
