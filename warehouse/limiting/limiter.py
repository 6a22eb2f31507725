"""Counts what is limited: out of what this process holds already, else by one trip to Redis.

Redis may be hung or gone: the first call finds out within a tenth of a second, and for the next
second nobody asks it. What holds meanwhile stands in the table of limits.
"""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import redis

from warehouse.limiting.alone import Alone
from warehouse.limiting.standing import Standing
from warehouse.limiting.table import Limit
from warehouse.limiting.window import SLICES, Grant, Windows, Wish

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
LEASE_SHARE = 60
"""A process takes at most so small a part of a quota beyond what it needs."""
LEASE_SLICES = 0.5
"""How long it may use that, in slices of the window; what `window.KEPT` allows for."""
REMEMBERED = 10_000


@dataclass(frozen=True)
class Charge:
    """So much of a limit: `whose` names who is counted, `need` how much."""

    limit: Limit
    whose: str
    quota: int
    need: int = 1

    @cached_property
    def key(self) -> str:
        """What this limit of this holder is called within its group."""
        return f"{self.limit.name}:{self.whose}"


@dataclass(slots=True)
class _Lease:
    """What this process holds of one limit, and how much was left for others."""

    held: int = 0
    slice: int = 0
    until: float = 0.0
    left: int = 0
    wait_until: float = 0.0
    full_until: float = 0.0
    full_need: int = 0


@dataclass(slots=True)
class _Group:
    """The leases of limits that are counted together."""

    leases: dict[str, _Lease] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Limiter:
    """The limits of one process; safe to share between threads."""

    def __init__(
        self, windows: Callable[[], Windows], elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._windows = windows
        self._elapsed = elapsed
        self._groups: OrderedDict[str, _Group] = OrderedDict()
        self._alone = Alone(elapsed)
        self._quiet_until = 0.0
        self._down = False
        self._lock = threading.Lock()

    def take(self, group: str, charges: Sequence[Charge]) -> tuple[bool, tuple[Standing, ...]]:
        """Count every charge, or none where one does not fit; tells where each then stands.

        Charges of one group lie together in Redis. A limit that is open without Redis is missing
        from what is told then.
        """
        mine = self._group(group)
        with mine.lock:
            instant = self._elapsed()
            leases = [mine.leases.setdefault(charge.key, _Lease()) for charge in charges]
            pairs = list(zip(charges, leases, strict=True))
            if all(_covers(lease, charge.need, instant) for charge, lease in pairs):
                return True, tuple(_use(charge, lease, instant) for charge, lease in pairs)
            if any(_is_full(lease, charge.need, instant) for charge, lease in pairs):
                return False, tuple(_stand(charge, lease, instant) for charge, lease in pairs)
            answer = self._ask(group, pairs, instant)
            if not any(charge.limit.leased for charge in charges):
                mine.leases.clear()
        return answer or self._without_redis(group, charges)

    def give_back(self, group: str, charges: Sequence[Charge]) -> None:
        """Take back what was counted just now; for limits that are not leased."""
        undone = [Charge(each.limit, each.whose, each.quota, -each.need) for each in charges]
        self.take(group, undone)

    def forget(self) -> None:
        """Drop all this process knows: what it holds, what it counted alone, and an outage."""
        with self._lock:
            self._groups.clear()
            self._alone = Alone(self._elapsed)
            self._down = False

    def _group(self, name: str) -> _Group:
        """Return a group's leases; where there are too many, the oldest are forgotten."""
        known = self._groups.get(name)
        if known is not None:
            return known
        with self._lock:
            group = self._groups.setdefault(name, _Group())
            while len(self._groups) > REMEMBERED:
                self._groups.popitem(last=False)
            return group

    def _ask(
        self, group: str, pairs: Sequence[tuple[Charge, _Lease]], instant: float
    ) -> tuple[bool, tuple[Standing, ...]] | None:
        """Return what Redis says, or None without it."""
        if not self._may_ask(instant):
            return None
        try:
            fits, grants = self._windows().take([_wish(group, *pair) for pair in pairs])
        except (redis.RedisError, OSError) as error:
            self._fail(error)
            return None
        self._recover()
        for (charge, lease), grant in zip(pairs, grants, strict=True):
            _renew(charge, lease, grant, instant, fits=fits)
        return fits, tuple(_stand(charge, lease, instant) for charge, lease in pairs)

    def _may_ask(self, instant: float) -> bool:
        """Tell whether Redis may be asked; after a failure one caller a second tries."""
        if not self._down:
            return True
        with self._lock:
            if instant < self._quiet_until:
                return False
            self._quiet_until = instant + PAUSE_SECONDS
            return True

    def _without_redis(
        self, group: str, charges: Sequence[Charge]
    ) -> tuple[bool, tuple[Standing, ...]]:
        fits, standings = True, []
        for charge in charges:
            limit = charge.limit
            if limit.without_redis == "alone":
                key = f"{group}:{charge.key}"
                fit, left, wait = self._alone.take(key, charge.quota, limit.seconds, charge.need)
                fits = fits and fit
                standings.append(
                    Standing(limit.name, charge.quota, limit.seconds, max(0, left), wait)
                )
        return fits, tuple(standings)

    def _fail(self, error: Exception) -> None:
        self._quiet_until = self._elapsed() + PAUSE_SECONDS
        if not self._down:
            self._down = True
            log.warning("limits are not counted over all processes: %s", type(error).__name__)

    def _recover(self) -> None:
        if self._down:
            self._down = False
            log.warning("limits are counted over all processes again")


def _covers(lease: _Lease, need: int, instant: float) -> bool:
    return 0 < need <= lease.held and instant < lease.until


def _is_full(lease: _Lease, need: int, instant: float) -> bool:
    """Tell whether so much was refused a moment ago: then Redis need not be asked again."""
    return 0 < lease.full_need <= need and instant < lease.full_until


def _use(charge: Charge, lease: _Lease, instant: float) -> Standing:
    lease.held -= charge.need
    return _stand(charge, lease, instant)


def _wish(group: str, charge: Charge, lease: _Lease) -> Wish:
    return Wish(
        key=f"limit:{{{group}}}:{charge.key}",
        quota=charge.quota,
        seconds=charge.limit.seconds,
        need=charge.need,
        want=charge.quota // LEASE_SHARE if charge.limit.leased else 0,
        back=lease.held,
        from_slice=lease.slice,
    )


def _renew(charge: Charge, lease: _Lease, grant: Grant, instant: float, *, fits: bool) -> None:
    """Take over what Redis granted; whatever was held before has been given back."""
    lifetime = charge.limit.seconds / SLICES * LEASE_SLICES
    lease.held = max(0, grant.taken - charge.need)
    lease.slice, lease.left = grant.slice, grant.left
    lease.until = instant + lifetime
    lease.wait_until = instant + grant.wait_ms / 1000
    refused = not fits and grant.left < charge.need
    lease.full_need = charge.need if refused else 0
    lease.full_until = min(lease.wait_until, lease.until) if refused else 0.0


def _stand(charge: Charge, lease: _Lease, instant: float) -> Standing:
    left = max(0, min(lease.left + lease.held, charge.quota))
    wait = max(1, math.ceil(lease.wait_until - instant))
    return Standing(charge.limit.name, charge.quota, charge.limit.seconds, left, wait)
