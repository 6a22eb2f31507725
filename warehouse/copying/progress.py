"""How far the copies are, for whoever runs the installation: the admin's first page and doctor."""

from dataclasses import dataclass
from datetime import datetime

from warehouse.copying import claims
from warehouse.copying.models import Copy


@dataclass(frozen=True, slots=True)
class Progress:
    """Organizations whose last try failed, why the latest did, and days that wait."""

    failing: int
    error: str
    waiting: int


def look(place: str, *, now: datetime) -> Progress:
    """Return how far the copy in a dataset is; asks the relational database only."""
    failing = Copy.objects.filter(place=place, failures__gt=0).order_by("-served_at")
    error = failing.values_list("error", flat=True).first() or ""
    return Progress(failing.count(), error, claims.waiting(place, now=now))
