"""The sliding window of one process, for limits that hold without Redis too."""

import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from warehouse.limiting.window import SLICES

REMEMBERED = 10_000
"""How many windows one process keeps; the one that was used longest ago goes first."""


class Alone:
    """Windows by key; safe to share between threads."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._windows: OrderedDict[str, Counter[int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, quota: int, seconds: int, need: int) -> tuple[bool, int, int]:
        """Count `need`, which may be negative, if it fits.

        Returns whether it did, what is left, and after how many seconds there is more.
        """
        with self._lock:
            slice_now = int(self._elapsed() * SLICES / seconds)
            window = self._window(key, slice_now)
            left = quota - window.total()
            fits = left >= need
            if fits:
                window[slice_now] += need
                left -= need
            oldest = min(window, default=slice_now)
            wait = (oldest + SLICES + 1 - slice_now) * seconds / SLICES
            return fits, min(left, quota), max(1, math.ceil(wait))

    def _window(self, key: str, slice_now: int) -> Counter[int]:
        window = self._windows.setdefault(key, Counter())
        self._windows.move_to_end(key)
        for old in [number for number in window if number < slice_now - SLICES]:
            del window[old]
        while len(self._windows) > REMEMBERED:
            self._windows.popitem(last=False)
        return window
