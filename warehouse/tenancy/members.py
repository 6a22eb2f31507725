"""Who belongs to an organization, and the rules by which roles change.

Only an owner makes or unmakes owners, the last owner stays one, nobody gives a role that may do
more than they may, and whoever wants to leave may leave.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from warehouse.exceptions import AccessDenied, Conflict, NotFound
from warehouse.tenancy import afresh, audit, invitations
from warehouse.tenancy.models import Invitation, Membership, Organization
from warehouse.tenancy.principal import ROLES, Principal, Tenant

ADMIN = "organization:admin"


def invite(email: str, role: str, *, by: Principal, now: datetime) -> tuple[Invitation, str]:
    """Offer a role to an address and return the invitation with its token.

    Raises what `check_role`, `afresh.look` and `invitations.invite` raise.
    """
    with transaction.atomic():
        _lock(by.tenant)
        check_role(role, by=afresh.look(by, ADMIN))
        actor, identity = audit.Actor.of(by), by.tenant.id
        return invitations.invite(identity, email=email, role=role, actor=actor, now=now)


def change_role(member_id: int, role: str, *, by: Principal, now: datetime) -> Membership:
    """Give a member another role.

    Raises `NotFound`, `AccessDenied`, of the last owner `Conflict`, and what `afresh.look` raises.
    """
    by.require(ADMIN)
    with transaction.atomic():
        member = _locked(member_id, by.tenant)
        by = afresh.look(by, ADMIN)
        before = member.role
        if role == before:
            return member
        check_role(role, by=by)
        _check_touch(member, by=by)
        _check_last(member)
        member.role = role
        member.save(update_fields=["role"])
        _withdraw(member, by=by, now=now)
        _record("member.changed", member, by=by, now=now, details={"from": before, "to": role})
    return member


def remove(member_id: int, *, by: Principal, now: datetime) -> None:
    """End a membership; anybody may end their own. Raises what `change_role` raises."""
    with transaction.atomic():
        member = _locked(member_id, by.tenant)
        if _subject(member) != by.subject:
            by.require(ADMIN)
            _check_touch(member, by=by)
        _check_last(member)
        details = {"role": member.role, "name": member.user.get_username()}
        _record("member.removed", member, by=by, now=now, details=details)
        member.role = ""
        _withdraw(member, by=by, now=now)
        member.delete()


def check_role(role: str, *, by: Principal) -> None:
    """Raise `AccessDenied` unless `by` may give `role`."""
    if role == "owner" and not is_owner(by):
        raise AccessDenied("Only an owner makes or unmakes owners.")
    if not ROLES[role] <= by.scopes:
        raise AccessDenied("You cannot give a role that may do more than you may.")


def is_owner(principal: Principal) -> bool:
    """Tell whether a caller is, at this moment, an owner of the organization."""
    kind, _, identity = principal.subject.partition(":")
    owners = Membership.objects.filter(organization_id=principal.tenant.id, role="owner")
    return kind == "user" and owners.filter(user_id=identity).exists()


def own(principal: Principal) -> Membership | None:
    """Return the caller's own membership; a key has none."""
    kind, _, identity = principal.subject.partition(":")
    if kind != "user":
        return None
    return Membership.objects.filter(organization_id=principal.tenant.id, user_id=identity).first()


def _check_touch(member: Membership, *, by: Principal) -> None:
    if member.role == "owner" and not is_owner(by):
        raise AccessDenied("Only an owner makes or unmakes owners.")


def _check_last(member: Membership) -> None:
    owners = Membership.objects.filter(organization_id=member.organization_id, role="owner")
    if member.role == "owner" and owners.count() == 1:
        raise Conflict("This is the last owner; make somebody else an owner first.")


def _lock(tenant: Tenant) -> None:
    Organization.objects.select_for_update().get(pk=tenant.id)


def _locked(member_id: int, tenant: Tenant) -> Membership:
    """Return a member; their organization's members stay as they are until the transaction ends."""
    _lock(tenant)
    rows = Membership.objects.select_related("user", "organization")
    member = rows.filter(pk=member_id, organization_id=tenant.id).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def _withdraw(member: Membership, *, by: Principal, now: datetime) -> None:
    """Take back what the member has offered and could not offer any more."""
    scopes = ROLES.get(member.role, frozenset())
    offered = [role for role in ROLES if role != "owner" and ROLES[role] <= scopes]
    keeping = list(ROLES) if member.role == "owner" else offered if ADMIN in scopes else []
    actor, subject = audit.Actor.of(by), _subject(member)
    invitations.withdraw(member.organization, subject, keeping=keeping, actor=actor, now=now)


def _subject(member: Membership) -> str:
    return f"user:{member.user_id}"


def _record(
    action: str, member: Membership, *, by: Principal, now: datetime, details: Mapping[str, Any]
) -> None:
    audit.record(
        action,
        actor=audit.Actor.of(by),
        organization=member.organization,
        now=now,
        target=_subject(member),
        details=details,
    )
