"""Announces report events to sockets and waiting requests, and listens for them.

One thread per process talks to the channel layer; what gathers while it does goes to each group as
one message. What it says are hints: the truth is committed before, so with Redis down or hung
everything here is dropped and nobody waits or fails.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

FINISHED = "reports-finished"
"""The group in which every process that has waiting requests hears of finished reports."""
CHANGED = "changed"
"""What an organization's group hears when there are new events; reports' documents are progress."""
ENDS = frozenset({"report.succeeded", "report.failed", "report.cancelled"})
BACKLOG = 10_000
AT_ONCE = 100
SEND_SECONDS = 1.0
GATHER_SECONDS = 0.005
PAUSE_SECONDS = 1.0
SILENCE_SECONDS = 10.0
CANCELS = 5
"""How often a task is cancelled: the Redis client swallows a cancel now and then."""
TROUBLES = (RedisError, OSError, TimeoutError)


def group_of(organization_id: str) -> str:
    """Return the group in which an organization's sockets hear of its reports."""
    return f"reports.{organization_id}"


def changed(organization_id: str, report_id: str, type_: str) -> None:
    """Tell that there is a new event of type `type_`; never block."""
    if type_ in ENDS:
        _WIRE.send(FINISHED, report_id)
    _WIRE.send(group_of(organization_id), CHANGED)


def progressed(organization_id: str, report: Mapping[str, Any]) -> None:
    """Tell how far a report is, by its document; never block."""
    _WIRE.send(group_of(organization_id), report)


def on_finished(listener: Callable[[str], None]) -> None:
    """Call `listener` with the id of each report that ends from now on, in the wire's thread."""
    _WIRE.listen(listener)


class Wire:
    """The process's one thread at the channel layer, started when first needed."""

    def __init__(self) -> None:
        self._outbox: deque[tuple[str, Any]] = deque(maxlen=BACKLOG)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._work: asyncio.Event | None = None
        self._rung = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[str], None]] = []
        self._down = False

    def send(self, group: str, item: Any) -> None:
        """Put the item into the outbox; the oldest goes when it is full.

        Who receives from the group gets `{"type": "report.told", "items": [item, ...]}`.
        """
        loop = self._running_loop()
        self._outbox.append((group, item))
        if self._work is not None and not self._rung:
            self._rung = True
            loop.call_soon_threadsafe(self._work.set)

    def listen(self, listener: Callable[[str], None]) -> None:
        """Add a listener for finished reports."""
        loop = self._running_loop()
        self._listeners.append(listener)
        if len(self._listeners) == 1:
            loop.call_soon_threadsafe(self._start_receiving)

    def close(self) -> None:
        """End the thread and its connections; what has not been sent is dropped."""
        with self._lock:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop and thread:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._work, self._rung = asyncio.Event(), False
                self._thread = threading.Thread(
                    target=self._run, args=(self._loop,), name="report-events", daemon=True
                )
                self._thread.start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be the thread: deliver until the loop is stopped, then leave nothing open."""
        self._tasks.add(loop.create_task(self._deliver()))
        loop.run_forever()
        loop.run_until_complete(self._leave())
        loop.close()

    async def _leave(self) -> None:
        """Cancel our tasks and close the layer's connections; neither may take long."""
        tasks, self._tasks = self._tasks, set()
        for _ in range(CANCELS):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=SEND_SECONDS / CANCELS)
        with suppress(*TROUBLES):
            async with asyncio.timeout(SEND_SECONDS):
                await get_channel_layer().flush()

    def _start_receiving(self) -> None:
        self._tasks.add(asyncio.create_task(self._receive()))

    async def _deliver(self) -> None:
        assert self._work is not None  # noqa: S101  made with the loop
        while True:
            await self._work.wait()
            self._work.clear()
            self._rung = False
            try:
                await self._empty_outbox()
            except TROUBLES as trouble:
                self._outbox.clear()
                self._note(trouble)
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(GATHER_SECONDS)

    async def _empty_outbox(self) -> None:
        layer = get_channel_layer()
        while self._outbox:
            for group, items in self._gathered().items():
                async with asyncio.timeout(SEND_SECONDS):
                    await layer.group_send(group, {"type": "report.told", "items": items})
            self._down = False

    def _gathered(self) -> dict[str, list[Any]]:
        """Take what has gathered, by group; the same said twice running is said once."""
        groups: dict[str, list[Any]] = {}
        for _ in range(min(len(self._outbox), AT_ONCE)):
            group, item = self._outbox.popleft()
            items = groups.setdefault(group, [])
            if items[-1:] != [item]:
                items.append(item)
        return groups

    async def _receive(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                await self._hear(layer)
            except TimeoutError:
                await layer.flush()
            except TROUBLES as trouble:
                self._note(trouble)
                await layer.flush()
                await asyncio.sleep(PAUSE_SECONDS)

    async def _hear(self, layer: Any) -> None:
        """Pass on what is heard; after a long silence end, for the subscription may be dead."""
        async with asyncio.timeout(SEND_SECONDS):
            channel = await layer.new_channel()
            await layer.group_add(FINISHED, channel)
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await layer.receive(channel)
            self._tell(message["items"])

    def _tell(self, reports: Sequence[str]) -> None:
        for listener in self._listeners:
            for report in reports:
                listener(report)

    def _note(self, trouble: BaseException) -> None:
        """Log the first trouble of an outage."""
        if not self._down:
            logger.warning("report events are not announced: %s", trouble or type(trouble))
        self._down = True


_WIRE = Wire()
