"""One-use tickets: how a browser without a cookie of ours opens a socket.

A ticket names who asked for it and lives in Redis for a minute; who it is for is looked up again
when it is used, so a key revoked meanwhile opens nothing. Where a remote Warden must be shown the
token for that, half of it lies in Redis and half in the ticket: neither alone says anything of it.
"""

import functools
import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from warehouse.exceptions import SourceUnavailable, Unauthenticated
from warehouse.sources.redis import connect
from warehouse.tenancy.principal import Principal

LIFETIME_SECONDS = 60
TICKETS = "ticket:"
"""How the keys begin under which tickets are kept."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a ticket was given to, in which organization (its slug), by which login or token."""

    subject: str
    organization: str
    session: str = field(default="", repr=False)
    credential: str = field(default="", repr=False)


@functools.cache
def _open(url: str) -> Redis:
    return connect(url)


def _store() -> Redis:
    return _open(settings.REDIS["channels"])


def issue(principal: Principal) -> str:
    """Return a fresh ticket for `principal`; raises `SourceUnavailable` without Redis."""
    carried, kept = _halves(principal.credential)
    ticket = f"{secrets.token_urlsafe(32)}.{carried}" if carried else secrets.token_urlsafe(32)
    holder = orjson.dumps([principal.subject, principal.tenant.slug, principal.session, kept])
    try:
        _store().set(_key(ticket), holder, ex=LIFETIME_SECONDS)
    except RedisError as exc:
        raise SourceUnavailable("Tickets cannot be issued now.", retry_after=5) from exc
    return ticket


def redeem(ticket: str) -> Holder:
    """Return the holder of `ticket` and make it worthless; raises `Unauthenticated`."""
    try:
        kept = _store().getdel(_key(ticket))
    except RedisError as exc:
        raise SourceUnavailable("Tickets cannot be checked now.", retry_after=5) from exc
    if kept is None:
        raise Unauthenticated("This ticket is not known, was used or is older than a minute.")
    subject, organization, session, half = orjson.loads(kept)
    return Holder(subject, organization, session, _whole(ticket.partition(".")[2], half))


def _halves(secret: str) -> tuple[str, str]:
    """Return two texts that together give a secret, each of which alone is random."""
    pad = secrets.token_bytes(len(secret.encode()))
    other = bytes(a ^ b for a, b in zip(secret.encode(), pad, strict=True))
    return urlsafe_b64encode(other).decode(), urlsafe_b64encode(pad).decode()


def _whole(carried: str, kept: str) -> str:
    pairs = zip(urlsafe_b64decode(carried), urlsafe_b64decode(kept), strict=True)
    return bytes(a ^ b for a, b in pairs).decode()


def given_in(organization: str) -> list[Any]:
    """Return the keys of tickets given out in an organization; raises `SourceUnavailable`."""
    try:
        found = list(_store().scan_iter(f"{TICKETS}*", count=1_000))
        holders: list[Any] = list(_store().mget(found)) if found else []
    except RedisError as exc:
        raise SourceUnavailable("Tickets cannot be looked up now.", retry_after=5) from exc
    pairs = zip(found, holders, strict=True)
    return [key for key, holder in pairs if holder and orjson.loads(holder)[1] == organization]


def forget(organization: str) -> None:
    """Make the tickets given out in an organization worthless; raises `SourceUnavailable`."""
    found = given_in(organization)
    try:
        if found:
            _store().unlink(*found)
    except RedisError as exc:
        raise SourceUnavailable("Tickets cannot be deleted now.", retry_after=5) from exc


def _key(ticket: str) -> str:
    return f"{TICKETS}{hashlib.sha256(ticket.encode()).hexdigest()}"
