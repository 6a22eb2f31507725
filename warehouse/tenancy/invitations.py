"""Roles offered by e-mail: made, taken back, accepted once and within a week.

A token is known to its letter alone; only its SHA-256 is kept. An invitation is for the person
whose account has the address it was sent to.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from warehouse.exceptions import AccessDenied, Conflict, Gone, LimitExceeded, NotFound
from warehouse.tenancy import audit, keys
from warehouse.tenancy.models import Invitation, Membership, Organization
from warehouse.tenancy.principal import Tenant

LIFETIME = timedelta(days=7)
A_DAY = timedelta(days=1)
TO_ONE, TO_ALL = 5, 200
"""How many invitations an organization may send in a day, to one address and in all."""
LONGEST_EMAIL = 150
"""A new account is called by its address, and a name has no more characters."""


def invite(
    organization_id: UUID | str, *, email: str, role: str, actor: audit.Actor, now: datetime
) -> tuple[Invitation, str]:
    """Offer a role and return the invitation with its token; an earlier one is taken back.

    Who may offer which role `members.invite` checks. Raises `Conflict` for a member's address and
    `LimitExceeded` when too many were sent.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=organization_id)
        if organization.memberships.filter(user__email__iexact=email).exists():
            raise Conflict("Somebody with this address is a member already.")
        _check_pace(organization, email, now)
        _pending(organization, now).filter(email__iexact=email).update(revoked_at=now)
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            digest=keys.digest(token),
            invited_by=actor.subject,
            expires_at=now + LIFETIME,
        )
        _record("invitation.created", invitation, actor=actor, now=now)
    return invitation, token


def revoke(invitation: Invitation, *, actor: audit.Actor, now: datetime) -> None:
    """Take an invitation back; raises `Conflict` for one that was accepted."""
    with transaction.atomic():
        open_ones = Invitation.objects.filter(pk=invitation.pk, accepted_at=None)
        if open_ones.filter(revoked_at=None).update(revoked_at=now):
            _record("invitation.revoked", invitation, actor=actor, now=now)
        elif not open_ones.exists():
            raise Conflict("The invitation was accepted; remove the member instead.")


def withdraw(
    organization: Organization,
    subject: str,
    *,
    keeping: Collection[str] = (),
    actor: audit.Actor,
    now: datetime,
) -> None:
    """Take back what `subject` has offered, but for the roles they may still give."""
    offered = _pending(organization, now).filter(invited_by=subject).exclude(role__in=keeping)
    for invitation in offered:
        revoke(invitation, actor=actor, now=now)


def accept(digest: str, user: Any, *, now: datetime) -> Membership:
    """Make `user` a member by the invitation of this digest; whoever is one keeps their role.

    Raises `NotFound`, `Gone` for one that opens nothing any more, and `AccessDenied` for a user
    with another address or a suspended organization.
    """
    with transaction.atomic():
        invitation = opened(digest, now=now)
        if not is_for(invitation, user):
            raise AccessDenied(f"This invitation is for {invitation.email}.")
        # The row decides: of two clicks at once the second finds nothing to accept.
        taken = _pending(invitation.organization, now).filter(pk=invitation.pk)
        if not taken.update(accepted_at=now, accepted_by=user):
            raise Gone("This invitation was used meanwhile.")
        member, _ = Membership.objects.get_or_create(
            user=user,
            organization=invitation.organization,
            defaults={"role": invitation.role},
        )
        actor = audit.Actor(f"user:{user.pk}", user.get_username())
        _record("invitation.accepted", invitation, actor=actor, now=now)
    return member


def enrol(digest: str, *, password: str, now: datetime) -> Any:
    """Make an account for the invited address, accept with it, and return it.

    Raises what `accept` raises, and `Conflict` when there is an account of this address or name.
    """
    with transaction.atomic():
        email = opened(digest, now=now).email
        users = get_user_model().objects
        if has_account(email) or users.filter(username__iexact=email).exists():
            raise Conflict("There is an account of this address already; log in with it.")
        try:
            user = users.create_user(email, email=email, password=password)
        except IntegrityError:  # somebody else was a moment quicker
            raise Conflict("There is an account of this address already.") from None
        accept(digest, user, now=now)
    return user


def opened(digest: str, *, now: datetime) -> Invitation:
    """Return the invitation of this digest that can be accepted; raises why it cannot."""
    rows = Invitation.objects.select_related("organization")
    invitation = rows.filter(digest=digest).first()
    if invitation is None:
        raise NotFound("This invitation is not known; look whether the link is whole.")
    if (found := state(invitation, now)) != "pending":
        raise Gone(WORDS[found])
    if invitation.organization.suspended_at is not None:
        raise AccessDenied("This organization is suspended.")
    if not _is_still_offered(invitation):
        raise Gone(WORDS["revoked"])
    return invitation


def _is_still_offered(invitation: Invitation) -> bool:
    """Tell whether whoever asked may still offer the role, however they ceased to."""
    kind, _, identity = invitation.invited_by.partition(":")
    if kind == "key":
        keys = invitation.organization.keys.exclude(revoked_at=None)
        return identity not in {str(pk) for pk in keys.values_list("pk", flat=True)}
    if kind != "user":
        return True
    may = ("owner",) if invitation.role == "owner" else ("owner", "admin")
    members = invitation.organization.memberships.filter(role__in=may)
    return identity in {str(pk) for pk in members.values_list("user_id", flat=True)}


def is_for(invitation: Invitation, user: Any) -> bool:
    """Tell whether the account has the address that was invited."""
    return bool(user.email) and user.email.casefold() == invitation.email.casefold()


def has_account(email: str) -> bool:
    """Tell whether somebody has an account with this address."""
    return bool(get_user_model().objects.filter(email__iexact=email).exists())


def find(invitation_id: UUID | str, tenant: Tenant) -> Invitation:
    """Return an invitation of the tenant; raises `NotFound`, also for another organization's."""
    try:
        rows = Invitation.objects.select_related("organization")
        return rows.get(pk=UUID(str(invitation_id)), organization_id=tenant.id)
    except (ValueError, Invitation.DoesNotExist):
        raise NotFound("There is no such invitation.") from None


WORDS = {
    "accepted": "This invitation was used already.",
    "revoked": "This invitation was taken back, or a newer one was sent.",
    "expired": "This invitation has expired; ask for another.",
}
STATES = ("pending", *WORDS)


def state(invitation: Invitation, now: datetime) -> str:
    """Return `accepted`, `revoked`, `expired` or `pending`."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "expired" if invitation.expires_at <= now else "pending"


def _pending(organization: Organization, now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        organization=organization, accepted_at=None, revoked_at=None, expires_at__gt=now
    )


def _check_pace(organization: Organization, email: str, now: datetime) -> None:
    sent = organization.invitations.filter(created_at__gt=now - A_DAY)
    for found, most, whom in (
        (sent.filter(email__iexact=email), TO_ONE, "one address"),
        (sent, TO_ALL, "all together"),
    ):
        first = found.order_by("-created_at").values_list("created_at", flat=True)[most - 1 : most]
        for at in first:
            wait = int((at + A_DAY - now).total_seconds()) + 1
            detail = f"An organization may send {most} invitations a day to {whom}."
            raise LimitExceeded(detail, retry_after=wait)


def _record(action: str, invitation: Invitation, *, actor: audit.Actor, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        organization=invitation.organization,
        now=now,
        target=f"invitation:{invitation.pk}",
        details={"email": invitation.email, "role": invitation.role},
    )
