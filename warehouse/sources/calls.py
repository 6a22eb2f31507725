"""Which calls of this process are under way, by tag, and which of them nobody wants any more."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Calls:
    """Counts calls from before they reach the engine, so a kill in between is not too early."""

    def __init__(self) -> None:
        self._active: Counter[str] = Counter()
        self._unwanted: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def known(self, tag: str) -> Iterator[None]:
        """Count one call of `tag` as under way."""
        with self._changed:
            self._active[tag] += 1
        try:
            yield
        finally:
            with self._changed:
                self._active[tag] -= 1
                if not self._active[tag]:
                    del self._active[tag]
                    self._unwanted.discard(tag)
                self._changed.notify_all()

    def active(self, tag: str) -> bool:
        """Return whether a call of `tag` is under way."""
        with self._changed:
            return tag in self._active

    def stop(self, tag: str) -> None:
        """Have the calls of `tag` that are under way try nothing again."""
        with self._changed:
            if tag in self._active:
                self._unwanted.add(tag)
                self._changed.notify_all()

    def stopped(self, tag: str, seconds: float) -> bool:
        """Wait, and return whether `tag` was stopped; that ends the wait at once."""
        with self._changed:
            return self._changed.wait_for(lambda: tag in self._unwanted, seconds)

    def wait(self, seconds: float) -> None:
        """Wait until any call ends or is stopped, at most so long."""
        with self._changed:
            self._changed.wait(seconds)
