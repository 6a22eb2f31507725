"""What may be done with an organization's schedules, each deed on record; and how they are shown.

Whoever may submit reports may schedule them; everybody of the organization may look.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from reports.models import Delivery, Firing, Schedule
from reports.schedules import cron, firing, wishes
from warehouse.exceptions import Conflict, NotFound
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Tenant

MOST = 100
"""How many schedules an organization may have."""
TIMING = {"cron", "timezone", "enabled"}
"""What says when a schedule is due."""


def create(tenant: Tenant, given: Mapping[str, Any], *, by: Actor, now: datetime) -> Schedule:
    """Create a schedule, due for the first time after now.

    Raises `InvalidRequest` naming every bad field and `Conflict` when there are too many.
    """
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=tenant.id)
        wanted = wishes.whole(given, tenant=tenant, now=now)
        if of(tenant).count() >= MOST:
            raise Conflict(f"An organization may have {MOST} schedules; delete some first.")
        schedule = Schedule(
            organization=organization, created_at=now, created_by=by.subject, **wanted
        )
        schedule.next_at, schedule.fired_at = _next(schedule, now), now
        schedule.save(force_insert=True)
        _record("schedule.created", schedule, by=by, now=now, more={"cron": schedule.cron})
    return schedule


def change(
    schedule: Schedule, given: Mapping[str, Any], *, tenant: Tenant, by: Actor, now: datetime
) -> Schedule:
    """Change what is given; a change of when it is due counts from now.

    Raises `InvalidRequest` naming every bad field, and `NotFound` if it has gone meanwhile.
    """
    with transaction.atomic():
        current = _locked(schedule)
        wanted = wishes.change(given, current, tenant=tenant, now=now)
        changed = {name for name, value in wanted.items() if getattr(current, name) != value}
        if not changed:
            return current
        for name in changed:
            setattr(current, name, wanted[name])
        if changed & TIMING:
            current.next_at, current.fired_at = _next(current, now), now
        current.save(update_fields=changed | {"next_at", "fired_at"})
        fields = sorted(changed)
        _record("schedule.changed", current, by=by, now=now, more={"changed": fields})
    return current


def remove(schedule: Schedule, *, by: Actor, now: datetime) -> None:
    """Delete a schedule with its firings and what waits to be delivered; reports under way stay."""
    with transaction.atomic():
        current = _locked(schedule)
        _record("schedule.removed", current, by=by, now=now)
        # What tells of it is locked first: who ends or sends it writes nothing meanwhile.
        fired = Firing.objects.filter(schedule=current)
        for rows in (fired, Delivery.objects.filter(firing__in=fired)):
            list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        current.delete()


def run(schedule: Schedule, *, by: Actor, now: datetime) -> Firing:
    """Fire a schedule by hand, whether or not it is enabled; when it is due next stays.

    Raises what `jobs.submit` raises, so that whoever is there learns of it.
    """
    with transaction.atomic():
        current = _locked(schedule)
        _record("schedule.run", current, by=by, now=now)
        return firing.by_hand(current, now=now)


def find(schedule_id: UUID | str, tenant: Tenant) -> Schedule:
    """Return the tenant's schedule; `NotFound` also for another organization's."""
    try:
        return of(tenant).get(pk=UUID(str(schedule_id)))
    except (ValueError, Schedule.DoesNotExist):
        raise NotFound("There is no such schedule.") from None


def of(tenant: Tenant) -> QuerySet[Schedule]:
    """Return the tenant's schedules."""
    return Schedule.objects.filter(organization_id=tenant.id)


def firings(schedule: Schedule) -> QuerySet[Firing]:
    """Return when the schedule has fired."""
    return Firing.objects.filter(schedule=schedule).select_related("schedule")


def _next(schedule: Schedule, now: datetime) -> datetime | None:
    return cron.following(schedule.cron, schedule.timezone, now) if schedule.enabled else None


def _locked(schedule: Schedule) -> Schedule:
    """Return the schedule as it is now; it stays so until the transaction ends."""
    rows = Schedule.objects.select_related("organization").select_for_update(of=("self",))
    found = rows.filter(pk=schedule.pk).first()
    if found is None:
        raise NotFound("There is no such schedule.")
    return found


def _record(
    action: str,
    schedule: Schedule,
    *,
    by: Actor,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    # Of the request nothing: it may name a visitor, and entries stay.
    audit.record(
        action,
        actor=by,
        organization=schedule.organization,
        now=now,
        target=f"schedule:{schedule.pk}",
        details={"name": schedule.name, "kind": schedule.kind, **(more or {})},
    )
