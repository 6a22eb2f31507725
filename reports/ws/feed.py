"""One organization's stream inside this process: read once, encoded once, given to every socket.

Redis only wakes it: state changes are read from the database by cursor, also every few seconds
without being woken, so lost messages or a dead Redis delay them and lose none.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import Error as DatabaseFault
from redis.exceptions import RedisError

from reports import journal
from reports.ws import history
from reports.ws.outbox import Outbox
from warehouse.exceptions import LimitExceeded

SOCKETS = 2000
POLL_SECONDS = 2.0
RETRY_SECONDS = 5.0
STOP_SECONDS = 0.5
REMEMBERED = 1000

log = logging.getLogger(__name__)


class Feed:
    """The stream of one organization, alive while somebody listens."""

    def __init__(self, organization_id: str, head: int) -> None:
        self.organization_id = organization_id
        self.head = head
        self._outboxes: set[Outbox] = set()
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._wake = asyncio.Event()
        self._stopped = False
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._listen())]

    @property
    def listeners(self) -> int:
        """How many sockets this feed serves."""
        return len(self._outboxes)

    def join(self, outbox: Outbox) -> None:
        """Give `outbox` everything from now on."""
        if len(self._outboxes) >= SOCKETS:
            raise LimitExceeded(
                f"An organization may have {SOCKETS} sockets open at once.", retry_after=30
            )
        self._outboxes.add(outbox)

    def leave(self, outbox: Outbox) -> None:
        """Stop giving `outbox` anything."""
        self._outboxes.discard(outbox)

    async def stop(self) -> None:
        """End the stream.

        A cancelling is sometimes swallowed, by a read under way in its thread or by Redis's own
        time limits: so it is said by a flag too, and said again until it was heard.
        """
        self._stopped = True
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=STOP_SECONDS)

    async def _follow(self) -> None:
        while not self._stopped:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._catch_up()
            except DatabaseFault as exc:
                log.warning("the feed cannot read its events: %s", type(exc).__name__)

    async def _catch_up(self) -> None:
        read = database_sync_to_async(history.events_after)
        while not self._stopped and (events := await read(self.organization_id, self.head)):
            for event in events:
                self._publish(event)

    def _publish(self, event: history.Event) -> None:
        self.head = event.cursor
        self._finished.pop(event.report_id, None)
        if event.final:
            self._finished[event.report_id] = None
            if len(self._finished) > REMEMBERED:
                self._finished.popitem(last=False)
        for outbox in self._outboxes:
            outbox.offer(event)

    async def _listen(self) -> None:
        while not self._stopped:
            try:
                await self._hear_everything()
            except (RedisError, OSError) as exc:
                log.warning("no push, sockets follow by polling: %s", type(exc).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _hear_everything(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        group = f"reports.{self.organization_id}"
        await layer.group_add(group, channel)
        try:
            self._wake.set()
            while True:
                self._hear(await layer.receive(channel))
        finally:
            await layer.group_discard(group, channel)

    def _hear(self, message: Mapping[str, Any]) -> None:
        event = message["message"]
        if event["type"] != "report.progress":
            self._wake.set()
            return
        report_id = event["report"]["id"]
        if report_id in self._finished:
            return
        text = orjson.dumps(event["report"]).decode()
        for outbox in self._outboxes:
            outbox.progress(report_id, text)


class Feeds:
    """The feeds of this process, by organization; opened by the first listener."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._lock = asyncio.Lock()

    async def join(self, organization_id: str, outbox: Outbox) -> Feed:
        """Return the organization's feed with `outbox` joined to it."""
        async with self._lock:
            feed = self._feeds.get(organization_id)
            if feed is None:
                head = await database_sync_to_async(journal.newest)(organization_id)
                feed = self._feeds[organization_id] = Feed(organization_id, head)
            feed.join(outbox)
            return feed

    async def leave(self, feed: Feed, outbox: Outbox) -> None:
        """Take `outbox` out of `feed`, which ends with its last listener."""
        async with self._lock:
            feed.leave(outbox)
            last = not feed.listeners and self._feeds.get(feed.organization_id) is feed
            if last:
                del self._feeds[feed.organization_id]
        if last:
            await feed.stop()
