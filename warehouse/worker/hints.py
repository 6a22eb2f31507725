"""Hints that there is work, sent by a thread of their own so that no caller waits for the broker.

Hints of one name that are waiting become one, and after each the thread lets a few more gather. A
hint that cannot be sent is dropped: the workers' reconcilers look for work themselves.
"""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.02
"""A worker that was hinted at sees whatever is committed while it works: one hint is enough."""


class Hints:
    """The hint thread of one process, started by the first hint."""

    def __init__(self) -> None:
        self._waiting: dict[str, Callable[[], object]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._down = False

    def send(self, name: str, publish: Callable[[], object]) -> None:
        """Have `publish` called soon, once for all waiting hints called `name`; never block."""
        with self._changed:
            self._waiting[name] = publish
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="hints", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                waiting, self._waiting = self._waiting, {}
            for name, publish in waiting.items():
                self._publish(name, publish)
            time.sleep(PAUSE_SECONDS)

    def _publish(self, name: str, publish: Callable[[], object]) -> None:
        """Publish, once more if need be: after a restart of the broker the old connection fails."""
        for final in (self._down, True):
            try:
                publish()
            except Exception as error:  # noqa: BLE001  the top of a thread, and all is one
                if final and not self._down:
                    logger.warning("hints are not sent: %s: %s", name, error)
                if final:
                    self._down = True
                    return
            else:
                self._down = False
                return


HINTS = Hints()
send = HINTS.send
