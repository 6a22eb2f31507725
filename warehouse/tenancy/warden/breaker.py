"""A circuit breaker: after repeated failures ask no more for a moment, then try with one call."""

import threading
import time
from collections.abc import Callable

FAILURES = 5
REST_SECONDS = 1.0
"""Short enough that whoever comes back is found again within five seconds."""


class Breaker:
    """Counts failures in a row; safe to share between threads."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest_seconds: float = REST_SECONDS,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._rest_seconds = rest_seconds
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._failed = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are being spared."""
        return self._failed >= self._failures

    def may_try(self) -> bool:
        """Tell whether to call now; of an open breaker one caller a rest is told yes."""
        if not self.is_open:
            return True
        with self._lock:
            instant = self._elapsed()
            if self.is_open and instant < self._next_try:
                return False
            self._next_try = instant + self._rest_seconds
            return True

    def succeeded(self) -> bool:
        """Note that a call was answered; return whether this closed the breaker."""
        with self._lock:
            was_open, self._failed = self.is_open, 0
        return was_open

    def failed(self) -> bool:
        """Note that a call failed; return whether this opened the breaker."""
        with self._lock:
            self._failed += 1
            self._next_try = self._elapsed() + self._rest_seconds
            return self._failed == self._failures
