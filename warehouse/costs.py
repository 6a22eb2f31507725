"""What organizations spent on campaigns, day by day: imported, listed, and summed for answers.

`revision` rises with every import, so that answers made before one are not found after it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from warehouse.language import buckets, zones
from warehouse.language.query import Query, Window
from warehouse.language.studies.attribution import Attribution
from warehouse.models import Cost, CostImport
from warehouse.tenancy.models import Organization


@dataclass(frozen=True, slots=True)
class Spent:
    """What a campaign cost on one of its organization's days, in ten-thousandths."""

    day: date
    campaign_id: str
    units: int


def store(organization: str, spent: Iterable[Spent], *, now: datetime) -> int:
    """Store what was spent, in place of what was known of these days and campaigns.

    Each of them may be there once. The revision goes first: whoever imports at the same time waits
    for it, and costs of the same campaigns cannot lock each other out.
    """
    owner = UUID(organization)
    rows = [
        Cost(
            organization_id=owner,
            day=one.day,
            campaign_id=one.campaign_id,
            units=one.units,
            stored_at=now,
        )
        for one in spent
    ]
    with transaction.atomic():
        CostImport.objects.get_or_create(organization_id=owner)
        CostImport.objects.filter(organization_id=owner).update(revision=F("revision") + 1)
        Cost.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=("organization", "day", "campaign_id"),
            update_fields=("units", "stored_at"),
        )
    return len(rows)


def listed(
    organization: str, *, start: date | None, end: date | None, campaigns: list[str]
) -> QuerySet[Cost]:
    """Return an organization's costs of the days from `start` to `end`, both included."""
    found = Cost.objects.filter(organization_id=UUID(organization))
    if start is not None:
        found = found.filter(day__gte=start)
    if end is not None:
        found = found.filter(day__lte=end)
    return found.filter(campaign_id__in=campaigns) if campaigns else found


def revision(query: Query) -> int:
    """Return how often costs were imported, if the answer to `query` tells of them; else 0."""
    if not (isinstance(query.study, Attribution) and query.study.tells_costs):
        return 0
    found = CostImport.objects.filter(organization_id=UUID(query.organization))
    return found.values_list("revision", flat=True).first() or 0


def by_campaign(organization: str, window: Window) -> Mapping[str, int]:
    """Return what each campaign cost on the organization's days that begin in `window`."""
    owner = UUID(organization)
    zone = Organization.objects.filter(pk=owner).values_list("timezone", flat=True).first()
    if zone is None:
        return {}
    days = [
        day
        for day in buckets.calendar_days(window, "day", zone)
        if zones.day_start(day, zone) >= window.start
    ]
    if not days:
        return {}
    found = Cost.objects.filter(organization_id=owner, day__range=(days[0], days[-1]))
    return dict(found.values_list("campaign_id").annotate(Sum("units")))
