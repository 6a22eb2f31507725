"""What the jobs of one worker process share: its slots, its engine, its cache.

Imports no driver: tasks import this module in every process, only the worker fills it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from warehouse.cache.l2 import L2
    from warehouse.copying.rounds import Copier
    from warehouse.sources.clickhouse import ClickHouse
    from warehouse.worker.slots import Slots

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Process:
    """This worker: `queues` says for each queue how one piece of its work is claimed and run.

    `alone` is true where no other process can have the engine, so that whatever another worker
    had under way is known to be dead. `clock` is what leases are measured by; `copier` is
    there where BigQuery holds a copy.
    """

    id: UUID
    name: str
    alone: bool
    slots: Slots
    clickhouse: ClickHouse
    cache: L2
    clock: Callable[[], datetime]
    copier: Copier | None = None
    queues: dict[str, Callable[[], bool]] = field(default_factory=dict)

    def drain(self, queue: str) -> None:
        """Work until nothing of `queue` is due, in the caller's thread, if a slot is free."""
        self.slots.drain(queue, self.queues[queue])

    def wake(self, queue: str) -> None:
        """Drain `queue` in a thread of its own; returns at once."""
        if self.slots.stopping.is_set() or self.slots.full(queue):
            return
        name = f"drain-{queue}"
        threading.Thread(target=self._drain_alone, args=(queue,), name=name, daemon=True).start()

    def _drain_alone(self, queue: str) -> None:
        try:
            self.drain(queue)
        except Exception:  # the top of a thread
            logger.exception("draining %s failed", queue)
        finally:
            connections.close_all()


_current: list[Process] = []


def start(process: Process) -> None:
    """Make `process` the current one."""
    _current[:] = [process]


def current() -> Process:
    """Return this worker's process; `RuntimeError` anywhere but in a started worker."""
    if not _current:
        raise RuntimeError("there is no engine in this process: it is not a worker")
    return _current[0]
