"""The time that workers agree on, so that leases mean the same to all: the database server's.

With SQLite there is one machine, and its clock is it. Else the server is asked every few seconds;
in between, and while it is out of reach, time goes on as the machine counts it, whatever becomes
of the machine's own clock.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error as DatabaseFault
from django.db import connection

from warehouse import clock
from warehouse.sql.clock import SERVER_TIME

ASK_SECONDS = 5.0

logger = logging.getLogger(__name__)


def agreed() -> Callable[[], datetime]:
    """Return the clock of this worker process."""
    return ServerClock().now if connection.vendor == "postgresql" else clock.now


class ServerClock:
    """The database server's clock; safe to read from any thread."""

    def __init__(self) -> None:
        self._at = clock.now()
        self._counted = time.monotonic()
        self._ask_again = self._counted
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the server's time, as well as it is known."""
        with self._lock:
            counted = time.monotonic()
            if counted >= self._ask_again:
                self._ask_again = counted + ASK_SECONDS
                self._ask()
            return self._at + timedelta(seconds=time.monotonic() - self._counted)

    def _ask(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(SERVER_TIME)
                self._at, self._counted = cursor.fetchone()[0], time.monotonic()
        except DatabaseFault as fault:
            logger.warning("the database does not tell the time: %s", type(fault).__name__)
