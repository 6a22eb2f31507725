"""Organizations of a remote Warden as rows of this database, which everything else refers to.

Warden's word is the truth: a row is created when its organization is first seen, and follows it.
What Warden does not tell, such as the secret for hashing visitors, is this installation's own. The
row of an organization that is erased here changes no more, and once gone is not made again.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from warehouse.clock import now as current_time
from warehouse.tenancy.audit import Actor, record
from warehouse.tenancy.models import Organization
from warehouse.tenancy.warden.erased import refuse

MIRRORED = (
    *("name", "timezone", "currency", "currency_rates", "store_ip", "bot_filter", "allowed_hosts"),
    *("week_start", "requests_per_minute", "events_per_minute", "events_per_month", "sockets"),
    *("retention_days", "jobs_at_once", "rows_per_query", "report_seconds", "export_rows"),
    *("result_days", "plan"),
)
LONGEST_SLUG = 63
LOOK_AGAIN_SECONDS = 10.0
REMEMBERED = 10_000
ACTOR = Actor("warden")


class Mirror:
    """Keeps rows as Warden tells, and looks at each every few seconds only, unless it changes."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = current_time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._elapsed = elapsed
        self._looked: dict[Any, tuple[float, list[Any]]] = {}

    def keep(self, told: Organization) -> None:
        """Make the row of an organization what Warden told of it, an unsaved row of its id.

        Raises `AccessDenied` where that would change an organization that is erased.
        """
        words = [getattr(told, name) for name in (*MIRRORED, "slug", "suspended_at")]
        looked_at, last = self._looked.get(told.pk, (0.0, None))
        instant = self._elapsed()
        if last == words and instant - looked_at < LOOK_AGAIN_SECONDS:
            return
        keep(told, self._now())
        if len(self._looked) >= REMEMBERED:
            self._looked.clear()
        self._looked[told.pk] = instant, words


def keep(told: Organization, now: datetime) -> None:
    """Make a row what was told of it, at once."""
    try:
        _keep(told, now)
    except IntegrityError:  # another process was first to create it or to take its slug
        _keep(told, now)


def _keep(told: Organization, now: datetime) -> None:
    kept = next(iter(Organization.objects.filter(pk=told.pk).order_by()), None)
    wanted = _wanted(told, kept, now)
    if kept is None:
        _create(told, wanted, now)
    elif changed := [name for name in wanted if getattr(kept, name) != wanted[name]]:
        _update(kept, {name: wanted[name] for name in changed}, now)


def _wanted(told: Organization, kept: Organization | None, now: datetime) -> dict[str, Any]:
    wanted = {name: getattr(told, name) for name in MIRRORED}
    since = kept.suspended_at if kept else None
    wanted["suspended_at"] = (since or now) if told.suspended_at else None
    wanted["slug"] = _slug(told, kept)
    return wanted


def _slug(told: Organization, kept: Organization | None) -> str:
    """Return Warden's slug, or one beside it while another row has it: slugs are given anew."""
    if kept is not None and kept.slug == told.slug:
        return told.slug
    if not Organization.objects.filter(slug=told.slug).exclude(pk=told.pk).exists():
        return told.slug
    mark = f"-{told.pk.hex[:8]}"
    return told.slug[: LONGEST_SLUG - len(mark)] + mark


@transaction.atomic
def _create(told: Organization, wanted: Mapping[str, Any], now: datetime) -> None:
    refuse(told.pk)
    row = Organization.objects.create(pk=told.pk, **wanted)
    record("organization.mirrored", actor=ACTOR, organization=row, now=now)


@transaction.atomic
def _update(kept: Organization, changes: Mapping[str, Any], now: datetime) -> None:
    # An erasure holds the row while it suspends it: whoever waited for that sees it here.
    held = Organization.objects.select_for_update().filter(pk=kept.pk)
    list(held.order_by().values_list("pk"))
    refuse(kept.pk)
    held.update(**changes)
    details = {"changed": sorted(changes)}
    record("organization.mirrored", actor=ACTOR, organization=kept, now=now, details=details)
