"""A remote Warden, asked over gRPC; what it says is remembered as `memory` tells.

Tokens are its own affair. People log in here, and belong where this installation's memberships
say; whether their organization is served, and how, Warden says as well.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from warehouse.clock import now as current_time
from warehouse.exceptions import AccessDenied, Unauthenticated, WardenUnavailable
from warehouse.tenancy import keys
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden import local, messages
from warehouse.tenancy.warden.choosing import SUSPENDED, choose
from warehouse.tenancy.warden.client import Address, Client
from warehouse.tenancy.warden.erased import Erased
from warehouse.tenancy.warden.memory import ASK_AGAIN_SECONDS, Memory
from warehouse.tenancy.warden.mirror import Mirror

log = logging.getLogger(__name__)

LONGEST_TOKEN = 4096
RENEW_SECONDS = 1.0
"""How old an answer may be when a caller is looked at again, which happens every few seconds."""


class RemoteWarden:
    """Answers who a token or a logged-in person is; safe to share between threads."""

    def __init__(
        self,
        client: Client,
        *,
        now: Callable[[], datetime] = current_time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._mirror = Mirror(now=now, elapsed=elapsed)
        self._erased = Erased(elapsed=elapsed)
        self._tokens: Memory[messages.Vouched] = Memory(
            lambda vouched: vouched.ends_at, now=now, elapsed=elapsed
        )
        self._organizations: Memory[Organization] = Memory(lambda _: None, now=now, elapsed=elapsed)

    def authenticate(self, token: str, organization: str | None = None) -> Principal:
        """Return the principal of a token in the organization named, or in its only one."""
        return self._authenticate(token, organization, ASK_AGAIN_SECONDS)

    def for_user(self, user: Any, organization: str | None = None) -> Principal:
        """Return the principal of a person who is logged in here."""
        return self._for_user(user, organization, ASK_AGAIN_SECONDS)

    def renew(self, subject: str, organization: str, credential: str) -> Principal:
        """Return what a principal may do by now, asked of Warden afresh."""
        if credential:
            return self._authenticate(credential, organization, RENEW_SECONDS)
        kind, _, identity = subject.partition(":")
        if kind != local.PERSON:
            raise Unauthenticated
        return self._for_user(local.person(identity), organization, RENEW_SECONDS)

    def look(self) -> str:
        """Return a sentence that says how Warden is; raises `WardenUnavailable`."""
        return self._client.look()

    def _authenticate(self, token: str, organization: str | None, at_most: float) -> Principal:
        if not token or not token.isprintable() or len(token) > LONGEST_TOKEN:
            raise Unauthenticated
        vouched = self._tokens.get(keys.digest(token), lambda: self._vouch(token), at_most=at_most)
        place = choose(vouched.places, organization)
        self._admit(place.organization)
        return place.principal

    def _for_user(self, user: Any, organization: str | None, at_most: float) -> Principal:
        membership = local.membership_of(user, organization)
        identity = str(membership.organization_id)
        told = self._organizations.get(identity, lambda: self._describe(identity), at_most=at_most)
        self._admit(told)
        return local.principal_of(user, membership, told)

    def _vouch(self, token: str) -> messages.Vouched:
        try:
            return messages.read_principal(self._client.authenticate(token), token)
        except messages.Unusable as exc:
            raise _unusable(exc) from None

    def _describe(self, identity: str) -> Organization:
        try:
            told = messages.read_organization(self._client.organization(identity))
        except messages.Unusable as exc:
            raise _unusable(exc) from None
        if str(told.pk) != identity:
            raise _unusable(messages.Unusable("another organization than asked for"))
        return told

    def _admit(self, organization: Organization) -> None:
        """Have a row of the organization, once an answer.

        Raises `AccessDenied` if it is suspended, or erased here, also while its row still stands.
        """
        self._erased.refuse(organization.pk)
        if organization._state.adding:
            self._mirror.keep(organization)
            organization._state.adding = False
        if organization.suspended_at is not None:
            raise AccessDenied(SUSPENDED)


def _unusable(exc: messages.Unusable) -> WardenUnavailable:
    log.warning("Warden gave an answer that cannot be used: %s", exc)
    return WardenUnavailable(retry_after=1)


def open_warden(url: str, ca: str, cert: str, key: str) -> RemoteWarden:
    """Return the Warden at a `grpc://` or `grpcs://` URL; nothing is connected yet."""
    scheme, _, target = url.partition("://")
    return RemoteWarden(Client(Address(target, scheme == "grpcs", ca, cert, key)))
