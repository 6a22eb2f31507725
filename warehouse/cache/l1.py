"""The cache of one web process, in front of the shared one: what is asked for often, for seconds.

Entries are held so shortly that another process's newer answer shows soon; what this process
recomputes it forgets at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace

from warehouse.cache.entry import Entry
from warehouse.cache.l2 import L2

MOST_BYTES = 100 * 1024 * 1024
HOLD_SECONDS = 5.0
RECENT_SECONDS = 0.1
RECENT_MOST = 10_000


class L1:
    """A window onto the shared cache that remembers what it saw; safe to use from any thread."""

    def __init__(
        self,
        shared: L2,
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._most_bytes = most_bytes
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, Entry]] = OrderedDict()
        self._bytes = 0
        self._recent: dict[Hashable, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, organization: str) -> Entry | None:
        """Return the entry under `key`, held here or in the shared cache, if `organization`'s."""
        with self._lock:
            until, entry = self._held.get(key, (0.0, None))
            if entry is not None and self._clock() < until:
                self._held.move_to_end(key)
                return entry if entry.organization == organization else None
        found = self._shared.get(key, organization)
        if found is not None:
            self._hold(key, found)
        return found

    def forget(self, key: str) -> None:
        """Look at the shared cache again the next time `key` is asked for."""
        with self._lock:
            self._drop(key)

    def recent(self, name: Hashable, read: Callable[[], int]) -> int:
        """Return what `read` gave for `name` a tenth of a second ago at most, or read it now.

        The revision of a window's days is asked for by every lookup; read by dozens of threads at
        once it would cost more than all the rest of a kept answer.
        """
        at = self._clock()
        until, value = self._recent.get(name, (at, 0))
        if at >= until:
            value = read()
            if len(self._recent) >= RECENT_MOST:
                self._recent.clear()
            self._recent[name] = (at + RECENT_SECONDS, value)
        return value

    def _hold(self, key: str, entry: Entry) -> None:
        if len(entry.body) > self._most_bytes:
            return
        until = self._clock() + min(HOLD_SECONDS, entry.ttl_seconds)
        with self._lock:
            self._drop(key)
            self._held[key] = (until, replace(entry, tier="l1"))
            self._bytes += len(entry.body)
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._held)))

    def _drop(self, key: str) -> None:
        _, entry = self._held.pop(key, (0.0, None))
        if entry is not None:
            self._bytes -= len(entry.body)
