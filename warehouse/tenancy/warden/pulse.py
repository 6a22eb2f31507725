"""Whether Warden serves: while its database has answered a small question within seconds.

One thread asks and another tells, so a database that keeps the question waiting counts as gone.
Whoever starts them only waits: the connection of a thread that asks no more could die unnoticed.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import Error as DatabaseFault
from django.db import connection

from warehouse.tenancy.models import ApiKey

log = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0
FRESH_SECONDS = 3.0
"""How old the last answer may be: longer than a pause and an answer that takes its time."""


class Pulse:
    """Calls `tell` with whether the database answers, at first and whenever that changes."""

    def __init__(
        self, tell: Callable[[bool], None], ask: Callable[[], object] = ApiKey.objects.exists
    ) -> None:
        self._tell = tell
        self._question = ask
        self._answered_at = float("-inf")
        self._well: bool | None = None
        self._asked = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Ask, tell once there is an answer or none came in time, and go on with both."""
        self._keep(self._ask)
        self._asked.wait(FRESH_SECONDS)
        self._look()
        self._keep(self._look)

    def stop(self) -> None:
        """Ask and tell no more."""
        self._stopped.set()

    def _keep(self, step: Callable[[], None]) -> None:
        threading.Thread(target=self._go_on, args=(step,), daemon=True).start()

    def _go_on(self, step: Callable[[], None]) -> None:
        while not self._stopped.is_set():
            step()
            self._stopped.wait(PAUSE_SECONDS)

    def _ask(self) -> None:
        try:
            self._question()
            self._answered_at = time.monotonic()
        except DatabaseFault:
            connection.close()  # it may have died, and the next question shall not find it so
        except Exception:
            # Nobody else would ask again.
            log.exception("the database cannot be asked")
            connection.close()
        finally:
            self._asked.set()

    def _look(self) -> None:
        well = time.monotonic() - self._answered_at < FRESH_SECONDS
        if well == self._well:
            return
        if not well:
            log.warning("the database does not answer: Warden does not serve")
        elif self._well is not None:
            log.info("the database answers again: Warden serves")
        self._well = well
        self._tell(well)
