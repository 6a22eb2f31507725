"""Django's SQLite, except that whoever waits to write looks again soon.

SQLite sleeps up to a tenth of a second between two looks at a lock that is held for less than one
millisecond. Here one thread of a process looks, twice a millisecond at first; its others wait for
it.
"""

import sqlite3
import threading
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

FIRST_PAUSE = 0.0005
LONGEST_PAUSE = 0.005
SLOWER = 1.1
_TURN = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions begin as soon as the file is free to be written."""

    def _start_transaction_under_autocommit(self) -> None:
        """Begin, within the connection's timeout; raises `OperationalError` after it."""
        timeout: float = self.get_connection_params().get("timeout", 5.0)
        deadline = time.monotonic() + timeout
        if not _TURN.acquire(timeout=timeout):
            raise OperationalError("database is locked")
        try:
            self._begin_until(deadline)
        finally:
            _TURN.release()

    def _begin_until(self, deadline: float) -> None:
        pause = FIRST_PAUSE
        while not self._began(last=time.monotonic() >= deadline):
            time.sleep(pause)
            pause = min(pause * SLOWER, LONGEST_PAUSE)

    def _began(self, *, last: bool) -> bool:
        """Try to begin without waiting; the last try raises what it meets."""
        self._wait_for_lock(0)
        try:
            self.cursor().execute("BEGIN IMMEDIATE")
        except OperationalError as error:
            if last or not _is_busy(error.__cause__):
                raise
            return False
        else:
            return True
        finally:
            self._wait_for_lock(self.get_connection_params().get("timeout", 5.0))

    def _wait_for_lock(self, seconds: float) -> None:
        """Say how long a statement outside of a transaction waits."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _is_busy(error: Any) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
