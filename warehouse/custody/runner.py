"""Does one due errand: claims it, keeps its lease, and settles whatever comes of it.

Which work an errand of each kind is comes from the wiring (`warehouse.worker.custody`): the work
touches rooms that do not know each other.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseFault
from django.db import close_old_connections, connection

from warehouse.custody import errands
from warehouse.custody.models import Errand
from warehouse.exceptions import SourceUnavailable, WarehouseError

log = logging.getLogger(__name__)
BEATS = 4
"""How often a lease is renewed within its time."""


class NotYet(Exception):
    """Something the errand waits for is not so yet: look again after `wait`."""

    def __init__(self, wait: timedelta = timedelta(seconds=1)) -> None:
        self.wait = wait
        super().__init__(f"not yet; again in {wait}")


class Stopping(Exception):
    """The process is told to stop: the errand is handed to the next one."""


@dataclass(frozen=True, slots=True)
class Task:
    """An errand under way, as its work sees it.

    `alive` renews the lease; between any two steps it may raise `LostErrand` or `Stopping`.
    """

    errand: Errand
    alive: Callable[[], None]
    clock: Callable[[], datetime]

    @property
    def memory(self) -> dict[str, Any]:
        """Return what earlier attempts wrote down; what is put here counts once it is saved."""
        memory: dict[str, Any] = self.errand.memory
        return memory

    def save(self, stage: str, fraction: float, *, further: bool = False) -> None:
        """Write down the memory and how far the errand is; `further` after a step is done."""
        self.alive()
        errands.remember(self.errand, stage=stage, fraction=fraction, further=further)

    def once(self, stage: str, fraction: float, step: Callable[[], None]) -> None:
        """Do a step unless an earlier attempt has; a step may be repeated without harm."""
        done: list[str] = self.memory.setdefault("done", [])
        if stage in done:
            return
        self.save(stage, fraction)
        step()
        done.append(stage)
        self.save(stage, fraction, further=True)


Work = Callable[[Task], None]


@dataclass(frozen=True, slots=True)
class Runner:
    """What running errands needs: the work of each kind, and who runs it."""

    works: Mapping[str, Work]
    owner: uuid.UUID
    clock: Callable[[], datetime]
    lease: timedelta
    stopping: threading.Event

    def work_once(self) -> bool:
        """Do the errand that is due next; False where there is none."""
        errand = errands.claim(owner=self.owner, now=self.clock(), lease=self.lease)
        if errand is None:
            return False
        try:
            self._work(errand)
        except errands.LostErrand:
            log.warning("%s was taken over or called off", errand)
        except Stopping:
            self._settle(errand, lambda: self._put_off(errand, timedelta()))
        except NotYet as reason:
            wait = reason.wait
            self._settle(errand, lambda: self._put_off(errand, wait))
        except Exception as fault:  # the errand's outermost door: a fault must not kill the slot
            log.exception("%s failed", errand)
            error = _seen_as(fault)
            if isinstance(fault, DatabaseFault):
                close_old_connections()
            self._settle(errand, lambda: errands.trouble(errand, error, now=self.clock()))
        return True

    def _work(self, errand: Errand) -> None:
        with self._kept(errand) as alive:
            self.works[errand.kind](Task(errand, alive, self.clock))

    def _put_off(self, errand: Errand, wait: timedelta) -> None:
        errands.put_off(errand, now=self.clock(), wait=wait)

    def _settle(self, errand: Errand, move: Callable[[], object]) -> None:
        try:
            move()
        except errands.LostErrand:
            log.warning("%s was taken over or called off", errand)

    @contextmanager
    def _kept(self, errand: Errand) -> Iterator[Callable[[], None]]:
        """Renew the lease in the background; yields what renews it now."""
        ended = threading.Event()

        def renew() -> None:
            errands.renew(errand, now=self.clock(), lease=self.lease)

        def alive() -> None:
            if self.stopping.is_set():
                raise Stopping
            renew()

        beat = threading.Thread(
            target=_beat, args=(errand, renew, ended, self.lease / BEATS), daemon=True
        )
        beat.start()
        try:
            yield alive
        finally:
            ended.set()
            beat.join()


def _beat(
    errand: Errand, renew: Callable[[], None], ended: threading.Event, pause: timedelta
) -> None:
    try:
        while not ended.wait(pause.total_seconds()):
            try:
                renew()
            except errands.LostErrand:
                return  # the next step of the work finds out by itself
            except DatabaseFault:
                log.warning("the lease of %s could not be renewed", errand, exc_info=True)
                connection.close()
    finally:
        connection.close()


def _seen_as(fault: Exception) -> WarehouseError:
    """Return what a fault means for the errand: trouble with a database passes, a bug does not."""
    if isinstance(fault, WarehouseError):
        return fault
    return SourceUnavailable() if isinstance(fault, (DatabaseFault, OSError)) else WarehouseError()
