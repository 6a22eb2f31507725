"""One open socket: reads the client's frames, and sends what its outbox holds."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseFault

from reports.ws import frames, history
from reports.ws.authentication import identify, renew_shared
from reports.ws.feed import Feed, Feeds
from reports.ws.outbox import Outbox
from warehouse.clock import now
from warehouse.exceptions import (
    AccessDenied,
    InvalidRequest,
    LimitExceeded,
    Unauthenticated,
    WarehouseError,
)
from warehouse.tenancy.principal import Principal

CLOSE_CODES: dict[type[WarehouseError], int] = {
    Unauthenticated: 4401,
    AccessDenied: 4403,
    InvalidRequest: 4400,
    LimitExceeded: 4429,
}
GONE, UNAVAILABLE = 1006, 1013
FRAMES, FRAMES_SECONDS = 60, 10.0
RENEW_SECONDS = 3.0  # a revoked key is refused everywhere within five

log = logging.getLogger(__name__)


class Socket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """The consumer behind `/ws/v1/`."""

    # Messages come from the organization's feed, not from a channel of each socket's own.
    channel_layer_alias = "none of its own"
    feeds = Feeds()

    principal: Principal | None = None
    feed: Feed | None = None
    outbox: Outbox | None = None
    sender: asyncio.Task[None] | None = None
    keeper: asyncio.Task[None] | None = None
    frames_left = FRAMES
    frames_since = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection, and let go of everything however it ends."""
        try:
            await super().__call__(scope, receive, send)
        except OSError:
            log.debug("a client went away while it was written to")
        finally:
            await self.disconnect(GONE)

    async def connect(self) -> None:
        """Accept the connection, then say who is welcome."""
        await self.accept()
        await self._guarded(self._welcome())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer one frame of the client."""
        if self.principal is not None:
            await self._guarded(self._answer(text_data))

    async def disconnect(self, code: int) -> None:
        """Let go of everything the socket held."""
        self.principal = None
        keeper, self.keeper = self.keeper, None
        if keeper and keeper is not asyncio.current_task():
            keeper.cancel()
        await self._unsubscribe()

    async def _welcome(self) -> None:
        try:
            self.principal = await database_sync_to_async(identify)(self.scope, now())
        except WarehouseError as exc:
            await self._refuse(exc)
        else:
            self.keeper = asyncio.create_task(self._keep())

    async def _answer(self, text: str | None) -> None:
        try:
            self._count()
            frame = frames.read(text)
            await self._handlers()[frame.type](frame)
        except LimitExceeded as exc:
            await self._refuse(exc)
        except WarehouseError as exc:
            await self.send(frames.error(exc))

    def _handlers(self) -> dict[str, Callable[[frames.Frame], Awaitable[None]]]:
        return {"subscribe": self._subscribe, "unsubscribe": self._stop, "ping": self._pong}

    async def _pong(self, frame: frames.Frame) -> None:
        await self.send(frames.encode("pong"))

    async def _stop(self, frame: frames.Frame) -> None:
        await self._unsubscribe()

    async def _subscribe(self, frame: frames.Frame) -> None:
        """Join first, then read the snapshot, then replay: nothing falls in between."""
        await self._unsubscribe()
        assert self.principal is not None  # noqa: S101
        organization_id = self.principal.tenant.id
        outbox = Outbox(0, frame.report)
        feed = await self.feeds.join(organization_id, outbox)
        try:
            known = await database_sync_to_async(history.snapshot)(organization_id, frame.report)
        except BaseException:
            await self.feeds.leave(feed, outbox)
            raise
        missed = frame.since is not None and known.oldest - 1 <= frame.since <= known.cursor
        outbox.position = frame.since if missed and frame.since is not None else known.cursor
        await self.send(
            frames.encode(
                "subscribed",
                topic=frame.topic,
                cursor=outbox.position,
                resync=frame.since is not None and not missed,
                reports=known.reports,
            )
        )
        self.feed, self.outbox = feed, outbox
        self.sender = asyncio.create_task(self._send_all(feed, outbox))

    async def _unsubscribe(self) -> None:
        sender, feed, outbox = self.sender, self.feed, self.outbox
        self.sender = self.feed = self.outbox = None
        if outbox:
            outbox.close()
        if sender:
            sender.cancel()
        if feed and outbox:
            await self.feeds.leave(feed, outbox)

    async def _send_all(self, feed: Feed, outbox: Outbox) -> None:
        read = database_sync_to_async(history.events_after)
        try:
            while not outbox.closed:
                await outbox.wait()
                for text in outbox.take():
                    await self.send(text)
                if outbox.behind:
                    page = await read(feed.organization_id, outbox.position)
                    outbox.refill(page, feed.head)
        except DatabaseFault as exc:
            # The client comes back with its cursor and finds everything it missed.
            log.warning("a socket was closed: its events cannot be read: %s", type(exc).__name__)
            await self.close(UNAVAILABLE)
        except OSError:
            log.debug("a client went away while it was written to")

    async def _keep(self) -> None:
        """Look again and again whether the caller may still listen."""
        while self.principal is not None:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await database_sync_to_async(renew_shared)(self.principal, now())
            except (Unauthenticated, AccessDenied) as exc:
                await self._refuse(exc)
            except DatabaseFault as exc:
                log.warning("a caller could not be looked up again: %s", type(exc).__name__)

    def _count(self) -> None:
        instant = time.monotonic()
        if instant - self.frames_since > FRAMES_SECONDS:
            self.frames_left, self.frames_since = FRAMES, instant
        self.frames_left -= 1
        if self.frames_left < 0:
            raise LimitExceeded(f"At most {FRAMES} frames in {FRAMES_SECONDS:.0f} seconds.")

    async def _refuse(self, exc: WarehouseError) -> None:
        self.principal = None
        await self.send(frames.error(exc))
        await self.close(CLOSE_CODES.get(type(exc), UNAVAILABLE))

    async def _guarded(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except Exception:
            log.exception("a socket's frame could not be answered")
            await self.send(frames.error(WarehouseError()))
            if self.principal is None:  # nobody's socket would stay open for ever
                await self.close(UNAVAILABLE)
