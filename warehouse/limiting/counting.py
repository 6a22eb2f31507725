"""What doors call: count a request, events, a failed login; refused with `LimitExceeded`."""

import hashlib
import math
from functools import cache, lru_cache

from django.conf import settings

from warehouse.exceptions import LimitExceeded
from warehouse.limiting.limiter import Charge, Limiter
from warehouse.limiting.standing import Standing, tell
from warehouse.limiting.table import CALLER_SHARE, LIMITS, LOGIN_ACCOUNT, LOGIN_ADDRESS, MINUTE
from warehouse.limiting.window import Windows
from warehouse.sources.redis import connect_quickly
from warehouse.tenancy.principal import Principal, Tenant

LOGINS = "logins"
SENTENCES = {
    "organization": "Your organization may make {quota:,} requests a minute.",
    "caller": "One key or person may make {quota:,} requests a minute.",
    "events": "Your organization may send {quota:,} events a minute.",
    "login-account": "There were too many failed logins of this account; try again later.",
    "login-address": "There were too many failed logins from here; try again later.",
}


@cache
def _windows(url: str) -> Windows:
    return Windows(connect_quickly(url))


LIMITER = Limiter(lambda: _windows(settings.REDIS["channels"]))


def count_request(principal: Principal) -> None:
    """Count one request of the caller; raises `LimitExceeded`."""
    quota = principal.tenant.limits.requests_per_minute
    if quota is not None:
        _count(principal.tenant.id, _requests(quota, principal.subject))


@lru_cache(maxsize=10_000)
def _requests(quota: int, subject: str) -> tuple[Charge, ...]:
    share = max(1, math.ceil(quota * CALLER_SHARE))
    return (
        Charge(LIMITS["organization"], "all", quota),
        Charge(LIMITS["caller"], subject, share),
    )


def count_events(tenant: Tenant, events: int) -> None:
    """Count so many events sent at once; raises `LimitExceeded`."""
    quota = tenant.limits.events_per_minute
    if quota is None:
        return
    if events > quota:
        raise LimitExceeded(
            f"Your organization may send {quota:,} events a minute: send fewer at once.",
            retry_after=MINUTE,
        )
    _count(tenant.id, (Charge(LIMITS["events"], "all", quota, events),))


def count_login(account: str, address: str) -> None:
    """Count an attempt to log in before it is known to fail; raises `LimitExceeded`."""
    _count(LOGINS, _logins(account, address), told=False)


def forgive_login(account: str, address: str) -> None:
    """Take back the attempt: it was no failure."""
    LIMITER.give_back(LOGINS, _logins(account, address))


def _logins(account: str, address: str) -> tuple[Charge, ...]:
    """Return what an attempt counts for; an address nobody knows is not everybody's."""
    name = hashlib.sha256(account.casefold().encode()).hexdigest()
    by_account = Charge(LIMITS["login-account"], name, LOGIN_ACCOUNT)
    by_address = Charge(LIMITS["login-address"], address, LOGIN_ADDRESS)
    return (by_account, by_address) if address else (by_account,)


def _count(group: str, charges: tuple[Charge, ...], *, told: bool = True) -> None:
    fits, standings = LIMITER.take(group, charges)
    if told:
        tell(standings)
    if not fits:
        raise _refusal(charges, standings)


def _refusal(charges: tuple[Charge, ...], standings: tuple[Standing, ...]) -> LimitExceeded:
    """Return the refusal by the limit that has room again last."""
    short = [s for c, s in zip(charges, standings, strict=True) if s.left < c.need] or standings
    worst = max(short, key=lambda standing: standing.wait)
    return LimitExceeded(SENTENCES[worst.name].format(quota=worst.quota), retry_after=worst.wait)
