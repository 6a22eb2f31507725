"""Requests that wait for a report to end: woken by its announcement, or by a look at the row.

What is not announced, such as an export, is looked at alone.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from reports import events
from reports.models import LIVE, Report

LOOK_SECONDS = 0.25
Listen = Callable[[Callable[[str], None]], None]


class Waiters:
    """The waiting requests of one process, at most `limit` at once so that others find threads.

    `listen` is given `wake` when the first request waits.
    """

    def __init__(self, limit: int = 32, listen: Listen = events.on_finished) -> None:
        self._listen = listen
        self._places = threading.BoundedSemaphore(limit)
        self._bells: defaultdict[str, set[threading.Event]] = defaultdict(set)
        self._lock = threading.Lock()
        self._listening = False

    def wait(
        self, report_id: UUID | str, seconds: float, ended: Callable[[str], bool] | None = None
    ) -> bool:
        """Wait until the report has ended; False after `seconds`, or at once with no place free.

        `ended` tells of something else that has its key in `report_id`.
        """
        if seconds <= 0 or not self._places.acquire(blocking=False):
            return False
        bell = threading.Event()
        key = str(report_id)
        try:
            self._hang(key, bell)
            return self._wait(key, bell, seconds, ended or _ended)
        finally:
            self._unhang(key, bell)
            self._places.release()

    def wake(self, report_id: str) -> None:
        """Let those go on who wait for this report."""
        with self._lock:
            for bell in self._bells.get(report_id, ()):
                bell.set()

    def _wait(
        self, key: str, bell: threading.Event, seconds: float, ended: Callable[[str], bool]
    ) -> bool:
        left = seconds
        while not ended(key):
            if left <= 0:
                return False
            if bell.wait(min(LOOK_SECONDS, left)):
                return True
            left -= LOOK_SECONDS
        return True

    def _hang(self, key: str, bell: threading.Event) -> None:
        with self._lock:
            self._bells[key].add(bell)
            first, self._listening = not self._listening, True
        if first:
            self._listen(self.wake)

    def _unhang(self, key: str, bell: threading.Event) -> None:
        with self._lock:
            self._bells[key].discard(bell)
            if not self._bells[key]:
                del self._bells[key]


def _ended(report_id: str) -> bool:
    return Report.objects.filter(pk=report_id).exclude(status__in=LIVE).exists()


WAITERS = Waiters()
