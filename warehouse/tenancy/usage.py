"""When each API key was last used, written aside so that no request waits for it.

Doors note a use in memory; a thread of the process writes what was noted, and each key at most
once a minute.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error as DatabaseFault
from django.db import connection
from django.db.models import Q

from warehouse.tenancy.models import ApiKey

log = logging.getLogger(__name__)
RESOLUTION = timedelta(minutes=1)
FLUSH_SECONDS = 15.0


class Usage:
    """The uses one process has noted and not yet written."""

    def __init__(self) -> None:
        self._noted: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def note(self, key_id: str, now: datetime) -> None:
        """Remember that a key was used."""
        with self._lock:
            self._noted[key_id] = now

    def flush(self) -> int:
        """Write what was noted and return how many keys changed; after a failure it stays noted."""
        with self._lock:
            noted, self._noted = self._noted, {}
        try:
            return sum(_write(key_id, used_at) for key_id, used_at in noted.items())
        except DatabaseFault:
            with self._lock:
                self._noted = noted | self._noted
            raise


def _write(key_id: str, used_at: datetime) -> int:
    stale = Q(last_used_at=None) | Q(last_used_at__lte=used_at - RESOLUTION)
    return ApiKey.objects.filter(stale, id=key_id).update(last_used_at=used_at)


def keep_flushing(usage: Usage, wait: Callable[[float], bool]) -> None:
    """Flush every few seconds until `wait` says to stop; a failure is logged and tried again."""
    while not wait(FLUSH_SECONDS):
        try:
            usage.flush()
        except Exception:
            log.exception("could not write when keys were last used")
            connection.close()


def start(usage: Usage) -> threading.Event:
    """Start this process's writer and return the event that stops it."""
    stop = threading.Event()
    threading.Thread(
        target=keep_flushing, args=(usage, stop.wait), name="key-usage", daemon=True
    ).start()
    return stop


USAGE = Usage()
