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

from django.contrib.auth import get_user_model

from warehouse.clock import now as current_time
from warehouse.exceptions import AccessDenied, Unauthenticated
from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey, Membership, Organization
from warehouse.tenancy.principal import ROLES, Principal
from warehouse.tenancy.usage import USAGE
from warehouse.tenancy.warden.choosing import FOREIGN, SUSPENDED, choose

REMEMBER_SECONDS = 3.0
REMEMBERED = 10_000
NO_MEMBER = "You are not a member of this organization."
PERSON = "user"


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
            raise AccessDenied(FOREIGN)
        return known.principal

    def for_user(self, user: Any, organization: str | None = None) -> Principal:
        """Return the principal of a logged-in person; see `for_user`."""
        return for_user(user, organization)

    def renew(self, subject: str, organization: str, credential: str) -> Principal:
        """Return what a principal may do by now; it is known by its subject, and no credential.

        Raises `Unauthenticated` or `AccessDenied` when its key or membership is gone.
        """
        kind, _, identity = subject.partition(":")
        if kind == PERSON:
            return for_user(person(identity), organization)
        row = ApiKey.objects.select_related("organization").filter(pk=identity).first()
        return _principal(_refuse_useless(row, self._now()))

    def look(self) -> str:
        """Return a sentence that says how Warden is."""
        return "callers are looked up in this installation's own database"

    def forget(self) -> None:
        """Drop every remembered answer."""
        with self._lock:
            self._known.clear()

    def _look_up(self, token: str, digest: str, now: datetime) -> _Known:
        key = find(token, now)
        USAGE.note(str(key.id), now)
        known = _Known(_principal(key), key.expires_at, self._elapsed() + REMEMBER_SECONDS)
        self._remember(digest, known)
        return known

    def _remember(self, digest: str, known: _Known) -> None:
        with self._lock:
            self._known[digest] = known
            self._known.move_to_end(digest)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def find(token: str, now: datetime) -> ApiKey:
    """Return the key of a token with its organization, suspended or not.

    Raises `Unauthenticated` for a token that is unknown, revoked or expired.
    """
    if not keys.is_token(token):
        return _refuse_useless(None, now)
    # There is one at most: to order them would cost a fifth of the time.
    rows = ApiKey.objects.select_related("organization").order_by()
    return _refuse_useless(next(iter(rows.filter(digest=keys.digest(token))), None), now)


def for_user(user: Any, organization: str | None = None) -> Principal:
    """Return the principal of a logged-in person, in the organization named or in their only one.

    Raises `AccessDenied` when they do not belong to it and `InvalidRequest` when they belong to
    several and named none.
    """
    membership = membership_of(user, organization)
    _refuse_suspended(membership.organization)
    return principal_of(user, membership, membership.organization)


def membership_of(user: Any, organization: str | None) -> Membership:
    """Return the membership in which a person asks, with its organization; see `for_user`."""
    if not user.is_authenticated or not user.is_active:
        raise Unauthenticated
    rows = Membership.objects.filter(user=user).select_related("organization").order_by("id")
    return choose({row.organization.slug: row for row in rows}, organization, foreign=NO_MEMBER)


def principal_of(user: Any, membership: Membership, organization: Organization) -> Principal:
    """Return the principal of a person in a membership whose organization is as given."""
    return Principal(
        subject=f"{PERSON}:{user.pk}",
        tenant=organization.as_tenant(),
        scopes=ROLES[membership.role],
        name=user.get_username(),
    )


def person(identity: str) -> Any:
    """Return the person of an id; raises `Unauthenticated` when there is none."""
    user = get_user_model().objects.filter(pk=identity).first()
    if user is None:
        raise Unauthenticated
    return user


def _principal(key: ApiKey) -> Principal:
    _refuse_suspended(key.organization)
    return Principal(
        subject=f"key:{key.id}",
        tenant=key.organization.as_tenant(),
        scopes=frozenset(key.scopes),
        name=key.name,
        public=key.kind == "public",
    )


def _refuse_useless(key: ApiKey | None, now: datetime) -> ApiKey:
    if key is None or key.revoked_at is not None:
        raise Unauthenticated("This token is not known or was revoked.")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthenticated("This token has expired.")
    return key


def _refuse_suspended(organization: Organization) -> None:
    if organization.suspended_at is not None:
        raise AccessDenied(SUSPENDED)


WARDEN = LocalWarden()
authenticate = WARDEN.authenticate
