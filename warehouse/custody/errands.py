"""The life of errands: asked for, claimed, given back, ended. Every change is a conditional UPDATE.

Organizations take turns, and the errands of one run one after the other, the oldest first, each by
one worker at a time: whoever lost its lease can change nothing. Nothing here does the work;
`warehouse.custody.runner` does.
"""

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from warehouse.custody import receipts
from warehouse.custody.models import OPEN, Errand
from warehouse.exceptions import JobPoisoned, NotFound, WarehouseError
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

log = logging.getLogger(__name__)
MAX_DEATHS = 5
MAX_FAILURES = 20
BACKOFF_SECONDS = (1, 5, 15, 60, 300)


class LostErrand(Exception):
    """Another worker has the errand, or it was called off; whatever this one does is void."""


def create(
    kind: str,
    organization: Organization,
    request: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    after: timedelta = timedelta(),
) -> Errand:
    """Write an errand that begins no earlier than `after` from now."""
    return Errand.objects.create(
        kind=kind,
        organization_id=organization.id,
        organization_slug=organization.slug,
        subject=actor.subject,
        subject_name=actor.name,
        request=dict(request),
        created_at=now,
        run_after=now + after,
    )


def find(errand_id: str, **wanted: Any) -> Errand:
    """Return the errand of this id and further columns; raises `NotFound`."""
    try:
        return Errand.objects.get(pk=uuid.UUID(errand_id), **wanted)
    except (ValueError, Errand.DoesNotExist):
        raise NotFound("There is no such erasure or export.") from None


def call_off(organization: uuid.UUID, *, now: datetime) -> int:
    """End every open errand of an organization; what runs finds out at its next step."""
    found = Errand.objects.filter(organization_id=organization, state__in=OPEN)
    problem = WarehouseError("The organization is erased.").to_problem()
    count = found.update(
        state="failed", stage="failed", error=problem, finished_at=now, attempt=F("attempt") + 1
    )
    forget_names(Errand.objects.filter(organization_id=organization))
    return count


def held(organization: uuid.UUID, *, now: datetime) -> bool:
    """Tell whether a worker may still be at an errand of the organization that was called off."""
    found = Errand.objects.filter(organization_id=organization, state="failed")
    return found.filter(lease_until__gt=now).exists()


def forget_names(found: QuerySet[Errand]) -> None:
    """Leave of the visitor that each ended erasure among `found` names a digest, and no memory."""
    named = found.filter(kind="visitor", request__has_key="visitor_id").exclude(state__in=OPEN)
    for pk, request in named.values_list("pk", "request"):
        Errand.objects.filter(pk=pk).update(**_nameless(request))


def reopen(errand: Errand, *, now: datetime) -> None:
    """Have a failed errand go on where it stopped."""
    failed = Errand.objects.filter(pk=errand.pk, state="failed")
    failed.update(state="queued", run_after=now, finished_at=None, deaths=0, failures=0)


def claim(*, owner: uuid.UUID, now: datetime, lease: timedelta) -> Errand | None:
    """Take the errand that is due next; None where there is none."""
    for errand in _in_turn(_due(now))[:50]:
        abandoned = errand.state == "running"
        if abandoned and errand.deaths + 1 >= MAX_DEATHS:
            _poison(errand, now)
        elif _taken(errand, owner=owner, now=now, lease=lease, died=abandoned):
            return Errand.objects.get(pk=errand.pk)
    return None


def due(*, now: datetime) -> bool:
    """Tell whether `claim` would find something."""
    return _due(now).exists()


def take_over(*, owner: uuid.UUID, now: datetime) -> None:
    """Let the leases of all other workers end: for a worker that knows that it is the only one."""
    foreign = Errand.objects.filter(state="running", lease_until__gt=now).exclude(owner=owner)
    foreign.update(lease_until=now)


def renew(errand: Errand, *, now: datetime, lease: timedelta) -> None:
    """Keep the errand for another lease; raises `LostErrand` where it is no longer ours."""
    _change(errand, lease_until=now + lease)


def remember(errand: Errand, *, stage: str, fraction: float, further: bool = False) -> None:
    """Write down `errand.memory` and how far it is; raises `LostErrand`.

    `further` says that a step is done: failures before it count no more.
    """
    failures = 0 if further else errand.failures
    _change(errand, memory=errand.memory, stage=stage, fraction=fraction, failures=failures)


def put_off(errand: Errand, *, now: datetime, wait: timedelta) -> None:
    """Give the errand back for a while: something it waits for is not so yet."""
    _change(errand, state="queued", owner=None, lease_until=None, run_after=now + wait)


def trouble(errand: Errand, error: WarehouseError, *, now: datetime) -> bool:
    """Give the errand back after a failure, or end it after too many; True where it has ended."""
    failures = errand.failures + 1
    problem = error.to_problem()
    if failures >= MAX_FAILURES:
        fail(errand, error, now=now)
        return True
    wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1]
    _change(
        errand,
        state="queued",
        owner=None,
        lease_until=None,
        run_after=now + timedelta(seconds=wait),
        failures=failures,
        error=problem,
    )
    return False


def fail(errand: Errand, error: WarehouseError, *, now: datetime) -> None:
    """End the errand: trying again is no help."""
    _end(errand, "failed", now=now, error=error.to_problem(), **_nameless(errand.request))


def succeed(errand: Errand, *, now: datetime, **columns: Any) -> None:
    """End the errand well, with its receipt; call inside the transaction of its last change."""
    _end(errand, "succeeded", now=now, fraction=1.0, error=None, memory={}, **columns)


def _end(errand: Errand, state: str, *, now: datetime, **columns: Any) -> None:
    ended = {"state": state, "stage": state, "finished_at": now, "owner": None}
    _change(errand, lease_until=None, **ended, **columns)


def _change(errand: Errand, **columns: Any) -> None:
    held = Errand.objects.filter(pk=errand.pk, state="running", attempt=errand.attempt)
    if not held.update(**columns):
        raise LostErrand(str(errand))
    vars(errand).update(columns)


def _due(now: datetime) -> QuerySet[Errand]:
    """Return the oldest open errand of each organization, where nobody works at it."""
    before = Q(created_at__lt=OuterRef("created_at"))
    before |= Q(created_at=OuterRef("created_at"), pk__lt=OuterRef("pk"))
    earlier = Errand.objects.filter(
        before, organization_id=OuterRef("organization_id"), state__in=OPEN
    )
    free = Q(state="queued", run_after__lte=now) | Q(state="running", lease_until__lte=now)
    return Errand.objects.filter(free, ~Exists(earlier))


def _in_turn(found: QuerySet[Errand]) -> QuerySet[Errand]:
    """Put those first whose organization was never served, or has not been for the longest time."""
    of_the_same = Errand.objects.filter(
        organization_id=OuterRef("organization_id"), started_at__isnull=False
    )
    # Those of one organization begin in the order of their creation, for which there is an index.
    served = Subquery(of_the_same.order_by("-created_at").values("started_at")[:1])
    return found.alias(served=served).order_by(
        F("served").asc(nulls_first=True), "created_at", "pk"
    )


def _taken(
    errand: Errand, *, owner: uuid.UUID, now: datetime, lease: timedelta, died: bool
) -> bool:
    as_seen = Errand.objects.filter(pk=errand.pk, state=errand.state, attempt=errand.attempt)
    return bool(
        as_seen.filter(Q(lease_until=None) | Q(lease_until__lte=now)).update(
            state="running",
            attempt=errand.attempt + 1,
            deaths=errand.deaths + died,
            owner=owner,
            lease_until=now + lease,
            started_at=errand.started_at or now,
        )
    )


def _poison(errand: Errand, now: datetime) -> None:
    log.error("%s has taken %d workers with it and is given up", errand, MAX_DEATHS)
    as_seen = Errand.objects.filter(pk=errand.pk, state="running", attempt=errand.attempt)
    as_seen.update(
        state="failed",
        stage="failed",
        attempt=errand.attempt + 1,
        error=JobPoisoned().to_problem(),
        finished_at=now,
        **_nameless(errand.request),
    )


def _nameless(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an errand that has ended in which no visitor may be named any more."""
    who = request.get("visitor_id")
    return {"request": receipts.of_visitor(who), "memory": {}} if who else {}
