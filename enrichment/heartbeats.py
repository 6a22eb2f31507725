"""Keeps the lease of an insert group while one statement of its worker takes longer than that."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import Error, connection

from enrichment import groups
from enrichment.models import InsertGroup

log = logging.getLogger(__name__)
BEATS = 4
"""How often a lease is renewed within its time."""


@contextmanager
def kept(
    group: InsertGroup, *, clock: Callable[[], datetime], lease: timedelta
) -> Iterator[Callable[[], None]]:
    """Renew the lease in the background; yields what renews it now.

    Call that between any two steps: it raises `LostGroup` once somebody else has the group.
    """
    ended = threading.Event()

    def renew() -> None:
        groups.renew(group, now=clock(), lease=lease)

    thread = threading.Thread(
        target=_beat, args=(renew, ended, lease / BEATS), name=f"lease of {group.pk}", daemon=True
    )
    renew()
    thread.start()
    try:
        yield renew
    finally:
        ended.set()
        thread.join()


def _beat(renew: Callable[[], None], ended: threading.Event, pause: timedelta) -> None:
    try:
        while not ended.wait(pause.total_seconds()):
            try:
                renew()
            except groups.LostGroup:
                return  # the next step of the work finds out by itself
            except Error:
                log.warning("a lease could not be renewed; tried again", exc_info=True)
                connection.close()
    finally:
        connection.close()
