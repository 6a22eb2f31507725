"""Who has sockets open in this process: how many each may have, and whether they still may.

A caller is looked up again every few seconds, once for all sockets that it opened with one login
or token, so a key that was revoked, a login or a membership that has ended closes them.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from django.db import Error as DatabaseFault

from reports.ws.authentication import renew
from reports.ws.seats import PLACES
from reports.ws.threads import listening
from warehouse.exceptions import (
    AccessDenied,
    LimitExceeded,
    SourceUnavailable,
    Unauthenticated,
    WardenUnavailable,
    WarehouseError,
)
from warehouse.tenancy import keys
from warehouse.tenancy.principal import Principal

PER_CALLER, PER_ORGANIZATION = 1000, 2000
BURST, A_SECOND = 2000, 50.0
"""How many subscriptions a caller may open at once, and how many more with every second."""
ARRIVING = 1000
"""How many callers may wait to be recognised at once."""
RENEW_SECONDS = 3.0  # a revoked key is refused everywhere within five
AT_ONCE = 50
RETRY_SECONDS = 30

log = logging.getLogger(__name__)


class Guest(Protocol):
    """A socket, as far as its caller is concerned."""

    async def dismiss(self, exc: WarehouseError) -> None:
        """Tell the client why it may not stay, and close."""


class Caller:
    """The sockets of one caller in one organization, and what it may still subscribe to."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.guests: set[Guest] = set()
        self._left, self._since = float(BURST), time.monotonic()

    @property
    def rested(self) -> bool:
        """Whether nothing is left to remember of what it has subscribed to."""
        return self._left + (time.monotonic() - self._since) * A_SECOND >= BURST

    def count_subscription(self) -> None:
        """Count one subscription; raises `LimitExceeded` when there were too many."""
        instant = time.monotonic()
        self._left = min(BURST, self._left + (instant - self._since) * A_SECOND)
        self._since = instant
        if self._left < 1:
            raise LimitExceeded(
                f"A caller may open {BURST} subscriptions at once and {A_SECOND:.0f} a second "
                f"more; come back in {RETRY_SECONDS} seconds, and keep those you have.",
                retry_after=RETRY_SECONDS,
            )
        self._left -= 1


class Callers:
    """The callers of this process."""

    def __init__(self) -> None:
        self.arriving = 0
        self._callers: dict[tuple[str, ...], Caller] = {}
        self._organizations: Counter[str] = Counter()
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @contextmanager
    def arrival(self) -> Iterator[None]:
        """Count somebody who is not recognised yet; raises `SourceUnavailable` beyond a bound."""
        if self.arriving >= ARRIVING:
            raise SourceUnavailable(
                f"More than {ARRIVING} open sockets at this moment; come back in a few seconds.",
                retry_after=5,
            )
        self.arriving += 1
        try:
            yield
        finally:
            self.arriving -= 1

    def enter(self, principal: Principal, guest: Guest) -> Caller:
        """Let a socket in; raises `LimitExceeded` when its caller or organization has too many."""
        name = _name(principal)
        caller = self._callers.get(name) or Caller(principal)
        if len(caller.guests) >= PER_CALLER:
            raise _too_many("caller", PER_CALLER)
        if self._organizations[principal.tenant.id] >= PER_ORGANIZATION:
            raise _too_many("organization", PER_ORGANIZATION)
        self._callers[name] = caller
        caller.guests.add(guest)
        self._organizations[principal.tenant.id] += 1
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        return caller

    def leave(self, caller: Caller, guest: Guest) -> None:
        """Let a socket out."""
        caller.guests.discard(guest)
        tenant = caller.principal.tenant.id
        self._organizations[tenant] -= 1
        if not self._organizations[tenant]:
            del self._organizations[tenant]
        # Whoever comes back at once finds its allowance as it was: `_keep` forgets it later.

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await listening(PLACES.say_again)
                await self._look_again()
            except Exception:  # the top of a task that must outlive any trouble
                log.exception("callers could not be looked up again")

    async def _look_again(self) -> None:
        present = list(self._callers.items())
        for name, caller in present:
            if not caller.guests and caller.rested:
                del self._callers[name]
        busy = [caller for _, caller in present if caller.guests]
        for first in range(0, len(busy), AT_ONCE):
            await self._renew(busy[first : first + AT_ONCE])

    async def _renew(self, callers: Sequence[Caller]) -> None:
        try:
            refusals = await listening(_refusals, [caller.principal for caller in callers])
        except DatabaseFault as exc:
            log.warning("callers could not be looked up again: %s", type(exc).__name__)
            return
        for caller, refusal in zip(callers, refusals, strict=True):
            if refusal is not None:
                self._dismiss(caller, refusal)

    def _dismiss(self, caller: Caller, exc: WarehouseError) -> None:
        """Send the caller's sockets away; a reader that does not read delays nobody else."""
        for guest in caller.guests:
            task = asyncio.create_task(guest.dismiss(exc))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)


def _name(principal: Principal) -> tuple[str, ...]:
    """Return what tells callers apart: one login or token may end while another goes on."""
    shown = keys.digest(principal.credential) if principal.credential else ""
    return principal.subject, principal.tenant.id, principal.session, shown


def _refusals(principals: Sequence[Principal]) -> list[WarehouseError | None]:
    """Return for each caller why it may not listen any longer, if that is so."""
    return [_refusal(principal) for principal in principals]


def _refusal(principal: Principal) -> WarehouseError | None:
    try:
        renew(principal)
    except (Unauthenticated, AccessDenied, WardenUnavailable) as exc:
        return exc
    return None


def _too_many(whose: str, most: int) -> LimitExceeded:
    return LimitExceeded(
        f"A{'n' if whose[0] == 'o' else ''} {whose} may have {most} sockets open at once: close "
        "those that nobody needs, or listen to several topics on one.",
        retry_after=RETRY_SECONDS,
    )


CALLERS = Callers()
