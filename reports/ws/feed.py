"""One organization's stream inside this process: read once, encoded once, given to every socket.

Redis only wakes it: state changes are read from the database by cursor, those of all feeds that
were woken at once. A look every few seconds finds the others that have any, so lost messages or a
dead Redis delay them and lose none.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson
from channels.layers import get_channel_layer
from django.db import Error as DatabaseFault
from redis.exceptions import RedisError

from reports import events, journal
from reports.ws import history
from reports.ws.outbox import Outbox
from reports.ws.threads import listening, opening

POLL_SECONDS = 2.0
RETRY_SECONDS = 5.0
STOP_SECONDS = 0.5
REMEMBERED = 1000
AT_ONCE = 100
"""Of how many organizations one statement reads the events."""
SNAPSHOT_SECONDS = 1.0

log = logging.getLogger(__name__)


class Feed:
    """The stream of one organization, alive while somebody listens."""

    def __init__(self, organization_id: str, head: int, wake: Callable[[str], None]) -> None:
        self.organization_id = organization_id
        self.head = head
        self._outboxes: set[Outbox] = set()
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._wake = wake
        self._stopped = False
        self._snapshot: history.Snapshot | None = None
        self._snapshot_until = 0.0
        self._looking = asyncio.Lock()
        self._task = asyncio.create_task(self._listen())

    @property
    def listeners(self) -> int:
        """How many sockets this feed serves."""
        return len(self._outboxes)

    def join(self, outbox: Outbox) -> None:
        """Give `outbox` everything from now on."""
        self._outboxes.add(outbox)

    def leave(self, outbox: Outbox) -> None:
        """Stop giving `outbox` anything."""
        self._outboxes.discard(outbox)

    async def snapshot(self, since: int | None) -> history.Snapshot:
        """Return the newest reports, for a reader who knows everything up to `since`.

        Who comes at once with others is told of the same look: what happened since it is replayed.
        """
        async with self._looking:
            instant = asyncio.get_running_loop().time()
            known = self._snapshot
            newest = max(self.head, since or 0)
            if known is None or instant > self._snapshot_until or known.cursor < newest:
                known = await opening(history.snapshot, self.organization_id, None)
                self._snapshot, self._snapshot_until = known, instant + SNAPSHOT_SECONDS
            return known

    async def page(self, cursor: int) -> list[history.Event]:
        """Return the next events after `cursor`, for a reader who has fallen behind."""
        return await listening(history.events_after, self.organization_id, cursor)

    async def stop(self) -> None:
        """End the stream.

        A cancelling is sometimes swallowed by Redis's own time limits: so it is said by a flag
        too, and said again until it was heard.
        """
        self._stopped = True
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=STOP_SECONDS)

    def publish(self, events: Iterable[history.Event]) -> None:
        """Give out the next events."""
        for event in events:
            self.head = event.cursor
            self._remember(event)
            for outbox in self._outboxes:
                outbox.offer(event)

    def _remember(self, event: history.Event) -> None:
        self._finished.pop(event.report_id, None)
        if event.final:
            self._finished[event.report_id] = None
            if len(self._finished) > REMEMBERED:
                self._finished.popitem(last=False)

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
        group = events.group_of(self.organization_id)
        await layer.group_add(group, channel)
        try:
            self._wake(self.organization_id)
            while True:
                message = await layer.receive(channel)
                self._hear(message["items"])
        finally:
            await layer.group_discard(group, channel)

    def _hear(self, items: Sequence[Any]) -> None:
        """Wake for new events; pass progress on."""
        if events.CHANGED in items:
            self._wake(self.organization_id)
        for report in items:
            if report != events.CHANGED and report["id"] not in self._finished:
                text = orjson.dumps(report).decode()
                for outbox in self._outboxes:
                    outbox.progress(report["id"], text)


class Feeds:
    """The feeds of this process, by organization; opened by the first listener."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._lock = asyncio.Lock()
        self._woken: set[str] = set()
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, organization_id: str, outbox: Outbox) -> Feed:
        """Return the organization's feed with `outbox` joined to it."""
        async with self._lock:
            feed = self._feeds.get(organization_id)
            if feed is None:
                head = await opening(journal.newest, organization_id)
                feed = Feed(organization_id, head, self._wake)
                self._feeds[organization_id] = feed
            if not self._tasks:
                self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._poll())]
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

    def _wake(self, organization_id: str) -> None:
        """Read what there is after the newest event known of this organization."""
        self._woken.add(organization_id)
        self._work.set()

    async def _read(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            woken, self._woken = self._woken, set()
            for owners in batched(woken, AT_ONCE):
                try:
                    await self._catch_up(owners)
                except DatabaseFault as exc:
                    log.warning("feeds cannot read their events: %s", type(exc).__name__)

    async def _catch_up(self, owners: Sequence[str]) -> None:
        """Read and give out what these organizations have, as much as fits into one page."""
        heads = {owner: self._feeds[owner].head for owner in owners if owner in self._feeds}
        if not heads:
            return
        page = await listening(history.events_of, heads)
        for owner, found in page.events.items():
            feed = self._feeds.get(owner)
            # A feed that was closed and opened meanwhile may have gone on already.
            if feed and feed.head == heads[owner]:
                feed.publish(found)
        if page.more:
            for owner in heads:
                self._wake(owner)

    async def _poll(self) -> None:
        """Wake the feeds that nobody has woken: what was announced may have been lost."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                newest = await listening(journal.newest_of, list(self._feeds))
            except DatabaseFault as exc:
                log.warning("feeds cannot look for events: %s", type(exc).__name__)
                continue
            for organization_id, cursor in newest.items():
                feed = self._feeds.get(organization_id)
                if feed and feed.head < cursor:
                    self._wake(organization_id)


def batched(owners: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield the owners in lists of `size` at most."""
    rest = list(owners)
    for first in range(0, len(rest), size):
        yield rest[first : first + size]
