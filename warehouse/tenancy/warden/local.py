"""The embedded Warden: vouches for callers from this system's own database.

Principals of tokens are remembered for a moment in process, so a busy key costs no query, and a
revoked key, an expired one or a suspended organization is refused within `REMEMBER_SECONDS`.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.clock import now as current_time
from warehouse.exceptions import AccessDenied, FieldError, InvalidRequest, Unauthenticated
from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey, Membership, Organization
from warehouse.tenancy.principal import ROLES, Principal
from warehouse.tenancy.usage import USAGE

REMEMBER_SECONDS = 3.0
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    expires_at: datetime | None
    forget_at: float


class LocalWarden:
    """Answers who a token or a logged-in person is; safe to share between threads."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = current_time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._elapsed = elapsed
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def authenticate(self, token: str, organization: str | None = None) -> Principal:
        """Return the principal of an API token.

        `organization` is the slug the caller named, if any. Raises `Unauthenticated` for a token
        that is unknown, revoked or expired, and `AccessDenied` for a suspended organization or one
        that is not the token's.
        """
        digest = keys.digest(token)
        known = self._known.get(digest)
        now = self._now()
        if known is None or known.forget_at <= self._elapsed():
            known = self._look_up(token, digest, now)
        if known.expires_at is not None and known.expires_at <= now:
            raise Unauthenticated("This token has expired.")
        if organization and organization != known.principal.tenant.slug:
            raise AccessDenied("This token does not belong to the organization named.")
        return known.principal

    def forget(self) -> None:
        """Drop every remembered answer."""
        with self._lock:
            self._known.clear()

    def _look_up(self, token: str, digest: str, now: datetime) -> _Known:
        key = _find(digest) if keys.is_token(token) else None
        if key is None or key.revoked_at is not None:
            raise Unauthenticated("This token is not known or was revoked.")
        _refuse_suspended(key.organization)
        USAGE.note(str(key.id), now)
        principal = Principal(
            subject=f"key:{key.id}",
            tenant=key.organization.as_tenant(),
            scopes=frozenset(key.scopes),
            name=key.name,
            public=key.kind == "public",
        )
        known = _Known(principal, key.expires_at, self._elapsed() + REMEMBER_SECONDS)
        self._remember(digest, known)
        return known

    def _remember(self, digest: str, known: _Known) -> None:
        with self._lock:
            self._known[digest] = known
            self._known.move_to_end(digest)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def for_user(user: Any, organization: str | None = None) -> Principal:
    """Return the principal of a logged-in person, in the organization named or in their only one.

    Raises `AccessDenied` when they do not belong to it and `InvalidRequest` when they belong to
    several and named none.
    """
    if not user.is_authenticated or not user.is_active:
        raise Unauthenticated
    memberships = list(
        Membership.objects.filter(user=user).select_related("organization").order_by("id")
    )
    membership = _choose(memberships, organization)
    _refuse_suspended(membership.organization)
    return Principal(
        subject=f"user:{user.pk}",
        tenant=membership.organization.as_tenant(),
        scopes=ROLES[membership.role],
        name=user.get_username(),
    )


def _choose(memberships: list[Membership], slug: str | None) -> Membership:
    named = [each for each in memberships if slug in (None, "", each.organization.slug)]
    if not named:
        raise AccessDenied("You are not a member of this organization.")
    if len(named) > 1:
        slugs = ", ".join(sorted(each.organization.slug for each in named))
        detail = f"You belong to several organizations; name one of: {slugs}."
        raise InvalidRequest(detail, errors=[FieldError("X-Organization", "required", detail)])
    return named[0]


def _find(digest: str) -> ApiKey | None:
    return ApiKey.objects.select_related("organization").filter(digest=digest).first()


def _refuse_suspended(organization: Organization) -> None:
    if organization.suspended_at is not None:
        raise AccessDenied("This organization is suspended.")


WARDEN = LocalWarden()
authenticate = WARDEN.authenticate
