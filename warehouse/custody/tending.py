"""What is to be done about data without anybody asking: forget what is old, drop expired archives.

Reads relational rows only. An organization is asked about once a day (UTC) at most, though events
may arrive late all day long.
"""

import logging
import threading
from datetime import UTC, date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from warehouse.custody import errands
from warehouse.custody.models import OPEN, Errand
from warehouse.custody.shelf import folder, shelf
from warehouse.models import Day
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization
from warehouse.tenancy.plans import PLANS

log = logging.getLogger(__name__)
PAUSE = timedelta(minutes=10)
"""How often each worker looks by itself, whatever becomes of beat and its hints."""
LATE = timedelta(days=2)
"""How long after an export has ended somebody may still upload what it made for it."""
BOUNDED = [plan for plan, limits in PLANS.items() if limits.retention_days]

_lock = threading.Lock()
_looked: list[datetime] = []


def now_and_then(*, now: datetime) -> None:
    """Tend if nobody in this process has for a while."""
    with _lock:
        if _looked and abs(now - _looked[0]) < PAUSE:
            return
        _looked[:] = [now]
    tend(now=now)


def tend(*, now: datetime) -> int:
    """Ask for everything that is due and clear expired archives; return how much was asked for."""
    drop_expired(now=now)
    drop_unnamed(now=now)
    asked = 0
    for organization in _not_asked_today(now):
        asked += _ask(organization, now)
    return asked


def first_day(retention_days: int, now: datetime) -> date:
    """Return the first day that is kept: today and so many whole days before it are."""
    return now.astimezone(UTC).date() - timedelta(days=retention_days)


def drop_expired(*, now: datetime) -> int:
    """Delete archives past their time; return how many there were."""
    count = 0
    for takeout in Errand.objects.filter(kind="takeout", expires_at__lte=now)[:100]:
        try:
            shelf().delete(takeout.file_name)
        except OSError:
            log.exception("the archive of %s cannot be deleted yet", takeout)
            continue
        Errand.objects.filter(pk=takeout.pk).update(file_name="", expires_at=None)
        count += 1
    return count


def drop_unnamed(*, now: datetime) -> int:
    """Delete archives that no row names; return how many there were.

    Who uploads longer than its lease deletes what it wrote, unless it dies then. Of what was made
    in one attempt there is nothing else.
    """
    return sum(_drop_unnamed(takeout) for takeout in lately_ended(now))


def lately_ended(now: datetime) -> QuerySet[Errand]:
    """Return exports that have ended and may have left something; what an open one has is its."""
    ended = Errand.objects.filter(kind="takeout", finished_at__gt=now - LATE)
    return ended.exclude(state__in=OPEN).filter(Q(attempt__gt=1) | Q(state="failed"))


def _drop_unnamed(takeout: Errand) -> int:
    store, place = shelf(), f"{folder(takeout.organization)}/{takeout.pk}"
    try:
        unnamed = [name for name in store.tree(place) if name != takeout.file_name]
        for name in unnamed:
            store.delete(name)
    except OSError:
        log.exception("what %s has left cannot be deleted yet", takeout)
        return 0
    return len(unnamed)


def bounded() -> QuerySet[Organization]:
    """Return the organizations that keep events for a time."""
    return Organization.objects.filter(Q(retention_days__gt=0) | Q(plan__in=BOUNDED))


def _not_asked_today(now: datetime) -> list[Organization]:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Errand.objects.filter(
        kind="retention", organization_id=OuterRef("pk"), created_at__gte=midnight
    )
    return list(bounded().filter(~Exists(today)))


def _ask(organization: Organization, now: datetime) -> bool:
    kept = organization.limits().retention_days
    if kept is None:
        return False
    first = first_day(kept, now)
    old = Day.objects.filter(organization_id=organization.pk, day__lt=first, rows__gt=0)
    if not old.exists():
        return False
    request = {"first_day": first.isoformat(), "retention_days": kept}
    errands.create("retention", organization, request, actor=Actor(), now=now)
    return True
