"""How many jobs of each queue one worker process runs at a time, and who claims the next one.

A hint calls `drain`: it claims and runs work until there is none. A hint that finds its queue's
slots full leaves a mark and returns; whoever finishes looks again because of the mark, so no row
committed in between waits for the reconciler.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping


class Slots:
    """The slots of one worker process."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = dict(limits)
        self._busy: Counter[str] = Counter()
        self._marked: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def total(self) -> int:
        """How many jobs may run at once in all queues together."""
        return sum(self._limits.values())

    @property
    def stopping(self) -> threading.Event:
        """Set once the process was told to stop: no new work is claimed."""
        return self._stopping

    @property
    def idle(self) -> bool:
        """Whether nothing is running."""
        with self._lock:
            return not any(self._busy.values())

    def full(self, queue: str) -> bool:
        """Return whether every slot of `queue` is taken."""
        with self._lock:
            return self._busy[queue] >= self._limits.get(queue, 0)

    def drain(self, queue: str, work_once: Callable[[], bool]) -> None:
        """Run `work_once` until it reports that it found nothing, if a slot of `queue` is free."""
        if not self._take(queue):
            return
        try:
            self._work(queue, work_once)
        except BaseException:
            self._release(queue)
            raise

    def _work(self, queue: str, work_once: Callable[[], bool]) -> None:
        while True:
            while not self._stopping.is_set() and work_once():
                pass
            if self._leave(queue):
                return

    def _take(self, queue: str) -> bool:
        with self._lock:
            if self._busy[queue] >= self._limits.get(queue, 0):
                self._marked.add(queue)
                return False
            self._busy[queue] += 1
            return True

    def _leave(self, queue: str) -> bool:
        """Give the slot back, unless a hint came meanwhile and nobody has looked since."""
        with self._lock:
            if queue in self._marked and not self._stopping.is_set():
                self._marked.discard(queue)
                return False
            self._busy[queue] -= 1
            return True

    def _release(self, queue: str) -> None:
        with self._lock:
            self._busy[queue] -= 1
