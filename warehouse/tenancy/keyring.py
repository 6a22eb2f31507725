"""What may be done with an organization's keys: create, rotate and revoke them, each on record.

Nobody gives a key what they do not hold themselves at that moment, and a public key can only send
events.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from warehouse.exceptions import AccessDenied, Conflict, FieldError, InvalidRequest, NotFound
from warehouse.tenancy import afresh, audit, invitations, keys
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.models import ApiKey, Organization
from warehouse.tenancy.principal import Principal, Tenant

PUBLIC_SCOPES = frozenset({"events:write"})
OVERLAP, MOST_OVERLAP = timedelta(hours=24), timedelta(days=7)
LONGEST_NAME = 100
MOST_LIVE = 500
"""How many keys of an organization may be live at once."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A key that somebody asks for; it does not expire unless `expires_at` says so."""

    name: str
    scopes: frozenset[str]
    kind: str = "secret"
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who deals with keys, and the scopes they hold and so may give.

    A `caller` of a door is looked at afresh; without one it is whoever runs the installation.
    """

    actor: audit.Actor
    scopes: Collection[str]
    caller: Principal | None = None


def create(
    organization_id: UUID | str, wish: Wish, *, by: Issuer, now: datetime
) -> tuple[ApiKey, str]:
    """Create a key and return it with its token, which cannot be read again later.

    Raises `InvalidRequest` for a wish that makes no sense, `AccessDenied` for scopes that the
    issuer lacks, `Conflict` when the organization has too many keys, and what `afresh.look` raises.
    """
    _check(wish, now)
    with transaction.atomic():
        organization = _lock(organization_id)
        _require(by, wish.scopes)
        _check_room(organization, now)
        key = ApiKey(
            organization=organization, name=wish.name, kind=wish.kind, expires_at=wish.expires_at
        )
        key.scopes = sorted(wish.scopes)
        token = keys.put_token(key)
        _record("key.created", key, by=by, now=now)
    return key, token


def rotate(
    key: ApiKey, *, by: Issuer, now: datetime, overlap: timedelta = OVERLAP
) -> tuple[ApiKey, str]:
    """Put a new key in a live one's place; the old one works until `overlap` has passed.

    The new key lives as long as the old one was meant to. Raises `Conflict` for a key that is not
    live or was rotated already, `AccessDenied` for scopes that the issuer lacks, and what
    `afresh.look` raises.
    """
    with transaction.atomic():
        _check_room(_lock(key.organization_id), now)
        old = _locked(key)
        if state(old, now) != "live":
            raise Conflict(f"The key is {state(old, now)}; create a new one.")
        if old.successors.filter(revoked_at=None).exists():
            raise Conflict("The key was rotated already; rotate the one that replaces it.")
        _require(by, old.scopes)
        fresh = ApiKey(organization=old.organization, name=old.name, kind=old.kind, replaces=old)
        fresh.scopes = old.scopes
        if old.expires_at is not None:
            fresh.expires_at = now + (old.expires_at - old.created_at)
        token = keys.put_token(fresh)
        old.expires_at = min(old.expires_at or now + overlap, now + overlap)
        old.save(update_fields=["expires_at"])
        details = {"replaced_by": f"key:{fresh.pk}", "expires_at": old.expires_at.isoformat()}
        _record("key.rotated", old, by=by, now=now, more=details)
    return fresh, token


def revoke(key: ApiKey, *, by: Issuer, now: datetime) -> None:
    """Revoke a key, and the invitations it made; for one that is revoked nothing changes."""
    with transaction.atomic():
        # Of what the key does at this moment, nothing is on its way once this is said.
        _lock(key.organization_id)
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
            invitations.withdraw(key.organization, f"key:{key.pk}", actor=by.actor, now=now)
            _record("key.revoked", key, by=by, now=now)


def find(key_id: UUID | str, tenant: Tenant) -> ApiKey:
    """Return a key of the tenant; raises `NotFound`, also for another organization's."""
    try:
        found = ApiKey.objects.select_related("organization")
        return found.get(pk=UUID(str(key_id)), organization_id=tenant.id)
    except (ValueError, ApiKey.DoesNotExist):
        raise NotFound("There is no such key.") from None


def state(key: ApiKey, now: datetime) -> str:
    """Return `revoked`, `expired` or `live`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "live"


def _check(wish: Wish, now: datetime) -> None:
    errors = []
    if not 1 <= len(wish.name) <= LONGEST_NAME:
        detail = f"Must have 1 to {LONGEST_NAME} characters."
        errors.append(FieldError("name", "invalid", detail))
    if not wish.scopes:
        errors.append(FieldError("scopes", "required", "Name at least one."))
    if wish.kind == "public" and not wish.scopes <= PUBLIC_SCOPES:
        errors.append(FieldError("scopes", "conflict", "A public key can only hold events:write."))
    if wish.expires_at is not None and wish.expires_at <= now:
        errors.append(FieldError("expires_at", "invalid", "Must lie ahead."))
    if errors:
        raise InvalidRequest("This key makes no sense; see `errors`.", errors=errors)


def _require(by: Issuer, scopes: Collection[str]) -> None:
    """Refuse to give what the issuer does not hold by now."""
    held = afresh.look(by.caller, ADMIN).scopes if by.caller else by.scopes
    if lacking := sorted(set(scopes) - set(held)):
        raise AccessDenied(f"You cannot give a key what you do not hold: {', '.join(lacking)}.")


def _check_room(organization: Organization, now: datetime) -> None:
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    if organization.keys.filter(lasting, revoked_at=None).count() >= MOST_LIVE:
        raise Conflict(f"An organization may have {MOST_LIVE} live keys; revoke some first.")


def _lock(organization_id: UUID | str) -> Organization:
    return Organization.objects.select_for_update().get(pk=organization_id)


def _locked(key: ApiKey) -> ApiKey:
    rows = ApiKey.objects.select_related("organization")
    return rows.select_for_update(of=("self",)).get(pk=key.pk)


def _record(
    action: str, key: ApiKey, *, by: Issuer, now: datetime, more: dict[str, Any] | None = None
) -> None:
    details = {"name": key.name, "kind": key.kind, "scopes": key.scopes, **(more or {})}
    target, organization = f"key:{key.pk}", key.organization
    audit.record(
        action, actor=by.actor, organization=organization, now=now, target=target, details=details
    )
