"""Django's SQLite, except that whoever waits to write is not kept waiting.

SQLite sleeps up to a tenth of a second between two looks at a lock that is held for less than one
millisecond. Here the transactions of a process's threads wait for each other, woken at once, and
the one whose turn it is looks for the locks of other processes: after a tenth of a millisecond at
first, every five at last. A single statement outside of a transaction waits as SQLite does.
"""

import sqlite3
import threading
import time
from collections import defaultdict
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

FIRST_PAUSE = 0.0001
LONGEST_PAUSE = 0.005
SLOWER = 1.5
PRIMARY = 0xFF
"""The part of an error's code that says what it is; the rest says how it came about."""
_WRITING: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""By file, what the thread holds that is in a transaction."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions begin as soon as the file is free to be written."""

    _turn: "threading.Lock | None" = None

    def _start_transaction_under_autocommit(self) -> None:
        """Begin, within the connection's timeout; raises `OperationalError` after it."""
        timeout = self._timeout()
        deadline = time.monotonic() + timeout
        turn = _WRITING[str(self.settings_dict["NAME"])]
        if not turn.acquire(timeout=timeout):
            raise OperationalError("database is locked")
        self._turn = turn
        try:
            self._begin(deadline)
        except BaseException:
            self._let_others_write()
            raise

    def _set_autocommit(self, autocommit: bool) -> None:
        """Called by Django when a transaction has ended, however it did."""
        try:
            super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs lack it
        finally:
            self._let_others_write()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs lack it
        finally:
            self._let_others_write()

    def _let_others_write(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()

    def _begin(self, deadline: float) -> None:
        pause = FIRST_PAUSE
        while not self._began(last=time.monotonic() >= deadline):
            time.sleep(pause)
            pause = min(pause * SLOWER, LONGEST_PAUSE)

    def _began(self, *, last: bool) -> bool:
        """Try to begin without waiting; the last try raises what it meets."""
        self._wait_for_lock(0)
        try:
            # At BEGIN already: who asked for the lock at a later statement would fail half-way.
            self.cursor().execute("BEGIN IMMEDIATE")
        except OperationalError as error:
            if last or not _is_busy(error.__cause__):
                raise
            return False
        else:
            return True
        finally:
            self._wait_for_lock(self._timeout())

    def _wait_for_lock(self, seconds: float) -> None:
        """Say how long a statement outside of a transaction waits."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def _timeout(self) -> float:
        return float(self.settings_dict["OPTIONS"].get("timeout", 5.0))


def _is_busy(error: Any) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & PRIMARY == sqlite3.SQLITE_BUSY
