"""The sockets an organization may have open over all processes, if its plan says how many."""

import threading
import time

from django.conf import settings

from reports.ws.threads import afterwards, opening
from warehouse.exceptions import LimitExceeded
from warehouse.limiting.places import Places
from warehouse.sources.redis import connect_quickly
from warehouse.tenancy.principal import Tenant

RETRY_SECONDS = 30

PLACES = Places(lambda: connect_quickly(settings.REDIS["channels"]), time.monotonic)


class Seat:
    """One socket's place among its organization's; let go of once, whenever that is."""

    def __init__(self, places: Places = PLACES) -> None:
        self._places = places
        self._taken: str | None = None
        self._over = False
        self._lock = threading.Lock()

    async def take(self, tenant: Tenant) -> None:
        """Take a place, where places are counted; raises `LimitExceeded`."""
        most = tenant.limits.sockets
        if most is not None and not await opening(self._take, tenant.id, most):
            raise LimitExceeded(
                f"Your organization may have {most:,} sockets open at once: close those that "
                "nobody needs, or listen to several topics on one.",
                retry_after=RETRY_SECONDS,
            )

    def let_go(self) -> None:
        """Give the place back, some time soon, also one that is still being taken."""
        with self._lock:
            self._over, taken, self._taken = True, self._taken, None
        if taken:
            afterwards(self._places.leave, taken)

    def _take(self, organization: str, most: int) -> bool:
        fits = self._places.enter(organization, most)
        with self._lock:
            kept = fits and not self._over
            self._taken = organization if kept else None
        if fits and not kept:
            self._places.leave(organization)
        return fits
