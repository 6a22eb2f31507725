"""Which server is read from: each in turn, and for some seconds none that has just failed."""

import threading
import time
from collections.abc import Sequence

from warehouse.sources.address import Address

LEFT_ALONE_SECONDS = 5.0


class Replicas:
    """The servers of one event store, and which of them seem well."""

    def __init__(self, servers: Sequence[Address]) -> None:
        self._servers = list(servers)
        self._ill_until: dict[Address, float] = {}
        self._next = 0
        self._lock = threading.Lock()

    def choose(self) -> Address:
        """Return the server for the next read; the least ill one when none seems well.

        One that was left alone long enough is chosen once, to see, and by everybody only after
        it was found `well`.
        """
        with self._lock:
            now = time.monotonic()
            start, self._next = self._next, (self._next + 1) % len(self._servers)
            turn = self._servers[start:] + self._servers[:start]
            chosen = min(turn, key=lambda server: max(self._ill_until.get(server, 0.0), now))
            if chosen in self._ill_until:
                self._ill_until[chosen] = now + LEFT_ALONE_SECONDS
            return chosen

    def asked(self) -> list[Address]:
        """Return the servers a question to all is worth putting to."""
        with self._lock:
            now = time.monotonic()
            well = [one for one in self._servers if self._ill_until.get(one, 0.0) <= now]
            return well or list(self._servers)

    def failed(self, server: Address) -> None:
        """Leave a server alone for a while."""
        with self._lock:
            self._ill_until[server] = time.monotonic() + LEFT_ALONE_SECONDS

    def well(self, server: Address) -> None:
        """Take a server that answered back into the round."""
        with self._lock:
            self._ill_until.pop(server, None)
