"""Looks after what nobody else does: every few seconds, in each worker, whether or not the broker
lives. What it calls is harmless when doubled.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)


class Reconciler:
    """One thread for each duty, so that a slow one holds up no other."""

    def __init__(self, duties: Mapping[str, Callable[[], object]], *, seconds: float) -> None:
        self._duties = dict(duties)
        self._seconds = seconds
        self._closed = threading.Event()

    def start(self) -> None:
        """Start the threads; each duty is done at once and then every `seconds`."""
        for name, duty in self._duties.items():
            thread = threading.Thread(
                target=self._loop, args=(name, duty), name=f"reconcile-{name}", daemon=True
            )
            thread.start()

    def close(self) -> None:
        """Let the threads end after what they are doing."""
        self._closed.set()

    def _loop(self, name: str, duty: Callable[[], object]) -> None:
        try:
            while True:
                try:
                    close_old_connections()
                    duty()
                except Exception:  # the top of a thread that must outlive any trouble
                    logger.exception("the reconciler's duty %s failed", name)
                if self._closed.wait(self._seconds):
                    return
        finally:
            connections.close_all()
