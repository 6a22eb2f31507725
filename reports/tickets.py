"""One-use tickets: how a browser without a cookie of ours opens a socket.

A ticket names who asked for it and lives in Redis for a minute; who it is for is looked up again
when it is used, so a key revoked meanwhile opens nothing.
"""

import functools
import hashlib
import secrets
from dataclasses import dataclass
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
    """Whom a ticket was given to, in which organization (its slug)."""

    subject: str
    organization: str


@functools.cache
def _open(url: str) -> Redis:
    return connect(url)


def _store() -> Redis:
    return _open(settings.REDIS["channels"])


def issue(principal: Principal) -> str:
    """Return a fresh ticket for `principal`; raises `SourceUnavailable` without Redis."""
    ticket = secrets.token_urlsafe(32)
    holder = orjson.dumps([principal.subject, principal.tenant.slug])
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
    subject, organization = orjson.loads(kept)
    return Holder(subject, organization)


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
