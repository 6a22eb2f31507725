"""How far the copies are, for whoever runs the installation: the admin's first page and doctor."""

from dataclasses import dataclass

from warehouse.copying.models import Copy


@dataclass(frozen=True, slots=True)
class Progress:
    """Organizations whose last try failed, and why the latest did."""

    failing: int
    error: str


def look(place: str) -> Progress:
    """Return how far the copy in a dataset is; asks the relational database only."""
    failing = Copy.objects.filter(place=place, failures__gt=0).order_by("-served_at")
    error = failing.values_list("error", flat=True).first() or ""
    return Progress(failing.count(), error)
