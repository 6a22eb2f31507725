"""One open socket: reads the client's frames, and sends what its subscriptions hold."""

import logging
import time
from collections.abc import Awaitable, Mapping
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from reports.ws import frames
from reports.ws.authentication import identify
from reports.ws.callers import CALLERS, Caller
from reports.ws.seats import Seat
from reports.ws.sender import Sender
from reports.ws.threads import opening
from reports.ws.topics import TOPICS
from warehouse.exceptions import (
    AccessDenied,
    InvalidRequest,
    LimitExceeded,
    Unauthenticated,
    WarehouseError,
)
from warehouse.gateway import context
from warehouse.tenancy.principal import Principal

CLOSE_CODES: dict[type[WarehouseError], int] = {
    Unauthenticated: 4401,
    AccessDenied: 4403,
    InvalidRequest: 4400,
    LimitExceeded: 4429,
}
GONE, UNAVAILABLE = 1006, 1013
FRAMES, FRAMES_SECONDS = 60, 10.0

log = logging.getLogger(__name__)


class Socket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """The consumer behind `/ws/v1/`."""

    # Messages come from the organization's feed, not from a channel of each socket's own.
    channel_layer_alias = "none of its own"

    principal: Principal | None = None
    caller: Caller | None = None
    frames_left = FRAMES
    frames_since = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.sender = Sender(self.send, self._give_up)
        self.seat = Seat()

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
        context.request_id.set(context.take_request_id(""))
        await self.accept()
        await self._guarded(self._welcome())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer one frame of the client."""
        if self.principal is not None:
            await self._guarded(self._answer(text_data))

    async def disconnect(self, code: int) -> None:
        """Let go of everything the socket held."""
        self._leave()
        await self.sender.close()

    async def dismiss(self, exc: WarehouseError) -> None:
        """Tell the client why it may not stay, and close."""
        self._leave()
        await self.sender.close()
        try:
            await self.send(frames.error(exc))
            await self.close(CLOSE_CODES.get(type(exc), UNAVAILABLE))
        except OSError:
            log.debug("a client went away before it was sent away")

    async def _welcome(self) -> None:
        try:
            with CALLERS.arrival():
                principal = await opening(identify, self.scope)
                context.organization.set(principal.tenant.slug)
                await self.seat.take(principal.tenant)
            self.caller = CALLERS.enter(principal, self)
            self.principal = principal
        except WarehouseError as exc:
            await self.dismiss(exc)

    async def _answer(self, text: str | None) -> None:
        try:
            frame = self._admit(text)
        except LimitExceeded as exc:
            await self.dismiss(exc)
        except WarehouseError as exc:
            await self._tell(frames.error(exc))
        else:
            await self._obey(frame)

    async def _obey(self, frame: frames.Frame) -> None:
        try:
            if frame.type == "ping":
                await self._tell(frames.encode("pong"))
            elif frame.type == "unsubscribe":
                await self.sender.drop(frame.topic)
            elif frame.topic is not None:
                await self._subscribe(frame.topic, frame.body)
        except WarehouseError as exc:
            await self._tell(frames.error(exc, frame.topic))

    async def _subscribe(self, topic: str, body: Mapping[str, Any]) -> None:
        principal = self.principal
        if principal is None:
            return
        subscription = await TOPICS[topic].open(body, principal, self.sender.wake)
        if self.principal is principal:
            await self.sender.put(topic, subscription)
        else:  # sent away meanwhile
            await subscription.close()

    async def _tell(self, text: str) -> None:
        if self.principal is not None:
            await self.send(text)

    def _admit(self, text: str | None) -> frames.Frame:
        """Return the frame in `text`; raises `LimitExceeded` when there were too many."""
        self._count()
        frame = frames.read(text, TOPICS)
        if frame.type == "subscribe" and self.caller:
            self.caller.count_subscription()
        return frame

    def _count(self) -> None:
        instant = time.monotonic()
        if instant - self.frames_since > FRAMES_SECONDS:
            self.frames_left, self.frames_since = FRAMES, instant
        self.frames_left -= 1
        if self.frames_left < 0:
            raise LimitExceeded(
                f"A socket may send {FRAMES} frames in {FRAMES_SECONDS:.0f} seconds; come back "
                "with your last cursor, and send fewer.",
                retry_after=round(FRAMES_SECONDS),
            )

    def _leave(self) -> None:
        self.principal = None
        self.seat.let_go()
        caller, self.caller = self.caller, None
        if caller:
            CALLERS.leave(caller, self)

    async def _give_up(self) -> None:
        self._leave()
        await self.close(UNAVAILABLE)

    async def _guarded(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except OSError:
            raise  # nobody is left to be told
        except Exception:
            log.exception("a socket's frame could not be answered")
            await self.send(frames.error(WarehouseError()))
            if self.principal is None:  # nobody's socket would stay open for ever
                await self.close(UNAVAILABLE)
