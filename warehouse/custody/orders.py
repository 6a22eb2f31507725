"""What doors call: ask for an erasure or an export, and find what became of it."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from warehouse.custody import errands, tasks
from warehouse.custody.models import ERASURES, OPEN, Errand
from warehouse.exceptions import (
    AccessDenied,
    Conflict,
    FieldError,
    Gone,
    InvalidRequest,
    LimitExceeded,
    NotFound,
)
from warehouse.tenancy import audit, members
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import ErasedOrganization, Organization
from warehouse.tenancy.principal import Principal

SETTLING = timedelta(seconds=10)
"""Until then no process serves a suspended organization any more from what it remembers."""
LONGEST_VISITOR = 256
MOST_OPEN = 100
"""An organization may have so many errands open; its own deletion comes on top."""
MOST_OF_CAMPAIGNS = 5
"""So many of them may be about campaigns: the errands of an organization wait for each other."""
FULL = (
    f"{MOST_OPEN} erasures and exports of your organization are under way already: "
    "ask again once some of them have ended."
)
FULL_OF_CAMPAIGNS = (
    f"{MOST_OF_CAMPAIGNS} previews, applies and undos of your organization are under way already: "
    "ask again once some of them have ended."
)
FULL_SECONDS = 60


def erase_organization(
    organization: Organization,
    *,
    confirmation: str,
    actor: Actor,
    now: datetime,
    users: bool = False,
) -> Errand:
    """Suspend the organization at once and have it erased; `confirmation` is its slug, typed.

    With `users` people who belong to nobody else go too. What else was under way for it is called
    off. Asking again while it is erased returns the same errand, and after it failed has it go on.
    """
    if confirmation != organization.slug:
        raise InvalidRequest(
            errors=[FieldError("organization", "mismatch", "Type the organization's slug.")]
        )
    with transaction.atomic():
        held = Organization.objects.select_for_update().get(pk=organization.pk)
        asked = Errand.objects.filter(
            kind="organization", organization_id=held.pk, state__in=OPEN
        ).first()
        if asked:
            return asked
        if broken := broken_off(held.slug, organization_id=held.pk):
            return go_on(broken, now=now)
        errands.call_off(held.pk, now=now)
        ErasedOrganization.objects.get_or_create(pk=held.pk, defaults={"at": now})
        if held.suspended_at is None:
            held.suspended_at = now
            held.save(update_fields=("suspended_at",))
        return _ask("organization", held, {"users": users}, actor=actor, now=now, after=SETTLING)


def broken_off(slug: str, **wanted: Any) -> Errand | None:
    """Return the newest erasure of an organization if it failed; further columns are `wanted`."""
    found = Errand.objects.filter(kind="organization", organization_slug=slug, **wanted)
    newest = found.order_by("-created_at").first()
    return newest if newest and newest.state == "failed" else None


def go_on(errand: Errand, *, now: datetime) -> Errand:
    """Have a failed erasure go on where it stopped; its organization may be gone already."""
    with transaction.atomic():
        errands.reopen(errand, now=now)
        transaction.on_commit(tasks.hint)
    errand.refresh_from_db()
    return errand


def erase_visitor(
    organization: Organization, visitor_id: str, *, actor: Actor, now: datetime
) -> Errand:
    """Have one visitor erased; asking again while that is under way returns the same errand.

    Raises `LimitExceeded` where too much is under way for the organization.
    """
    request = {"visitor_id": visitor_id}
    with transaction.atomic():
        open_ = _open(organization)
        if asked := open_.filter(kind="visitor", request=request).first():
            return asked
        _require_room(open_)
        return _ask("visitor", organization, request, actor=actor, now=now)


def take_out(organization: Organization, *, actor: Actor, now: datetime) -> Errand:
    """Have everything the organization owns written to an archive.

    Raises `LimitExceeded` where too much is under way for it.
    """
    with transaction.atomic():
        open_ = _open(organization)
        if asked := open_.filter(kind="takeout").first():
            return asked
        _require_room(open_)
        return _ask("takeout", organization, {}, actor=actor, now=now)


def at_campaign(
    organization: Organization, request: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Errand:
    """Have something done with a campaign; the same asked again while it is open is the same.

    Whoever asks puts it on record, in the same transaction. Raises `LimitExceeded` where too much
    is under way for the organization.
    """
    with transaction.atomic():
        open_ = _open(organization)
        of_campaigns = open_.filter(kind="campaign")
        if asked := of_campaigns.filter(request=request).first():
            return asked
        if of_campaigns.count() >= MOST_OF_CAMPAIGNS:
            raise LimitExceeded(FULL_OF_CAMPAIGNS, retry_after=FULL_SECONDS)
        errand = errands.create("campaign", organization, request, actor=actor, now=now)
        transaction.on_commit(tasks.hint)
        return errand


def require_owner(principal: Principal) -> None:
    """Raise `AccessDenied` unless the caller is a person who owns the organization."""
    if not members.is_owner(principal):
        raise AccessDenied("Only an owner who is logged in may delete an organization.")


def of(principal: Principal, *, takeouts: bool) -> QuerySet[Errand]:
    """Return the erasures, or else the takeouts, of the caller's organization."""
    kinds = ("takeout",) if takeouts else ERASURES
    return Errand.objects.filter(organization_id=principal.tenant.id, kind__in=kinds)


def takeout(errand_id: str, principal: Principal) -> Errand:
    """Return an export of the caller's organization; raises `NotFound`."""
    return errands.find(errand_id, organization_id=uuid.UUID(principal.tenant.id), kind="takeout")


def downloadable(errand: Errand, *, now: datetime) -> None:
    """Raise `Conflict` for an archive that is not ready, `Gone` for one past its time."""
    if errand.state in OPEN:
        raise Conflict("The export has not finished yet.")
    if errand.state == "failed":
        raise Conflict("The export failed; ask for another one.")
    if not errand.file_name or not errand.expires_at or errand.expires_at <= now:
        raise Gone("The archive has expired; ask for another one.")


def visible(errand_id: str, *, subject: str, tenant: str | None, everything: bool) -> Errand:
    """Return an erasure to whoever asked for it, who administrates its organization, or an admin.

    `tenant` is the organization the caller administrates, if any. Raises `NotFound` to all others.
    """
    errand = errands.find(errand_id, kind__in=ERASURES)
    if everything or errand.subject == subject or errand.organization == tenant:
        return errand
    raise NotFound("There is no such erasure or export.")


def _open(organization: Organization) -> QuerySet[Errand]:
    """Return what is open for an organization, of which nobody else asks anything meanwhile."""
    Organization.objects.select_for_update().filter(pk=organization.pk).first()
    return Errand.objects.filter(organization_id=organization.pk, state__in=OPEN)


def _require_room(open_: QuerySet[Errand]) -> None:
    if open_.exclude(kind="campaign").count() >= MOST_OPEN:
        raise LimitExceeded(FULL, retry_after=FULL_SECONDS)


def _ask(
    kind: str,
    organization: Organization,
    request: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    after: timedelta = timedelta(),
) -> Errand:
    errand = errands.create(kind, organization, request, actor=actor, now=now, after=after)
    audit.record(
        ASKED[kind],
        actor=actor,
        organization=organization,
        now=now,
        target=str(errand.pk),
    )
    transaction.on_commit(tasks.hint)
    return errand


ASKED = {
    "organization": "organization.erasure_asked",
    "visitor": "visitor.erasure_asked",
    "takeout": "takeout.asked",
}
