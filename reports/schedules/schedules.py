"""What may be done with an organization's schedules, each deed on record; and how they are shown.

Whoever may submit reports may schedule them; everybody of the organization may look. A `caller` of
a door is looked at afresh, as a schedule outlives the login or key it was made by; without one it
is whoever runs the installation.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from reports.models import Delivery, Firing, Schedule
from reports.schedules import cron, firing, wishes
from warehouse.exceptions import Conflict, LimitExceeded, NotFound
from warehouse.tenancy import afresh, audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.principal import Principal, Tenant

MOST = 100
"""How many schedules an organization may have."""
WRITE = "reports:write"
MOST_RUNS, HOUR = 12, timedelta(hours=1)
"""How often a schedule is run by hand in so long."""
TIMING = {"cron", "timezone", "enabled"}
"""What says when a schedule is due."""


def create(
    tenant: Tenant,
    given: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    caller: Principal | None = None,
) -> Schedule:
    """Create a schedule, due for the first time after now.

    Raises `InvalidRequest` naming every bad field, `Conflict` when there are too many, and what
    `afresh.look` raises.
    """
    with transaction.atomic():
        organization = afresh.opened(tenant.id, caller, WRITE)
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
    schedule: Schedule,
    given: Mapping[str, Any],
    *,
    tenant: Tenant,
    by: Actor,
    now: datetime,
    caller: Principal | None = None,
) -> Schedule:
    """Change what is given; a change of when it is due counts from now.

    Raises `InvalidRequest` naming every bad field, `NotFound` if it has gone meanwhile, and what
    `afresh.look` raises.
    """
    with transaction.atomic():
        current = _locked(schedule, caller)
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


def remove(
    schedule: Schedule, *, by: Actor, now: datetime, caller: Principal | None = None
) -> None:
    """Delete a schedule with its firings and what waits to be delivered; reports under way stay."""
    with transaction.atomic():
        current = _locked(schedule, caller)
        _record("schedule.removed", current, by=by, now=now)
        # What tells of it is locked first: who ends or sends it writes nothing meanwhile.
        fired = Firing.objects.filter(schedule=current)
        for rows in (fired, Delivery.objects.filter(firing__in=fired)):
            list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        current.delete()


def run(schedule: Schedule, *, by: Actor, now: datetime, caller: Principal | None = None) -> Firing:
    """Fire a schedule by hand, whether or not it is enabled; when it is due next stays.

    Raises `Conflict` while it runs, `LimitExceeded` when that was too often, and what
    `jobs.submit` raises, so that whoever is there learns of it.
    """
    with transaction.atomic():
        current = _locked(schedule, caller)
        _check_rest(current, now)
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


def _check_rest(schedule: Schedule, now: datetime) -> None:
    """Refuse what would pile up: reports that wait, and letters."""
    if schedule.firings.filter(state="running").exists():
        raise Conflict("The schedule is running; wait until its last firing has ended.")
    recent = schedule.firings.filter(by_hand=True, fired_at__gt=now - HOUR).order_by("-fired_at")
    if len(runs := recent[:MOST_RUNS]) == MOST_RUNS:
        wait = runs[MOST_RUNS - 1].fired_at + HOUR - now
        detail = f"A schedule is run by hand {MOST_RUNS} times an hour at most; try again later."
        raise LimitExceeded(detail, retry_after=max(1, -(-wait // timedelta(seconds=1))))


def _locked(schedule: Schedule, caller: Principal | None) -> Schedule:
    """Return the schedule as it is now; it stays so until the transaction ends."""
    if caller:
        afresh.opened(schedule.organization_id, caller, WRITE)
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
