"""Organizations of a remote Warden as rows of this database, which everything else refers to.

Warden's word is the truth: a row is created when its organization is first seen, and follows it.
What Warden does not tell, such as the secret for hashing visitors, is this installation's own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from warehouse.tenancy.audit import Actor, record
from warehouse.tenancy.models import Organization

MIRRORED = (
    *("name", "timezone", "currency", "currency_rates", "store_ip", "bot_filter", "allowed_hosts"),
    *("week_start", "requests_per_minute", "events_per_minute", "events_per_month", "sockets"),
    *("retention_days", "jobs_at_once", "rows_per_query", "report_seconds", "export_rows"),
    *("result_days", "plan"),
)
LONGEST_SLUG = 63
ACTOR = Actor("warden")


def keep(told: Organization, now: datetime) -> None:
    """Make the row of an organization what Warden told of it, an unsaved row of its id."""
    try:
        _keep(told, now)
    except IntegrityError:  # another process was first to create it or to take its slug
        _keep(told, now)


def _keep(told: Organization, now: datetime) -> None:
    kept = Organization.objects.filter(pk=told.pk).first()
    wanted = _wanted(told, kept, now)
    with transaction.atomic():
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


def _create(told: Organization, wanted: Mapping[str, Any], now: datetime) -> None:
    row = Organization.objects.create(pk=told.pk, **wanted)
    record("organization.mirrored", actor=ACTOR, organization=row, now=now)


def _update(kept: Organization, changes: Mapping[str, Any], now: datetime) -> None:
    Organization.objects.filter(pk=kept.pk).update(**changes)
    details = {"changed": sorted(changes)}
    record("organization.mirrored", actor=ACTOR, organization=kept, now=now, details=details)
