"""uvicorn's protocols for clients that do not keep to the rules of good company.

`Handshake` gives a client a few seconds to say what it wants. `Connection` closes one that does
not read, and neither reads nor answers more of it meanwhile: what waits to be written is bounded.
"""

import asyncio
import socket
from asyncio.transports import BaseTransport, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HANDSHAKE_SECONDS, HANDSHAKE_BYTES = 10.0, 32 * 1024
STALL_SECONDS, CLOSE_SECONDS = 20.0, 10.0
HIGH_WATER, LOW_WATER = 32 * 1024, 8 * 1024
KERNEL_BUFFER = 64 * 1024
INVALID_TEXT = 1007


class Handshake(HttpToolsProtocol):
    """A connection whose request has not come yet, or is answered by plain HTTP."""

    _deadline: asyncio.TimerHandle | None = None
    _heard = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take a part of the request, unless it gets too long."""
        self._heard += len(data)
        if self._deadline and self._heard > HANDSHAKE_BYTES:
            self.transport.abort()
        else:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Wait for the whole of the request that begins."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """Wait no more: the request is there."""
        self._end()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more: the client is gone."""
        self._end()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._heard = 0
            self._deadline = self.loop.call_later(HANDSHAKE_SECONDS, self.transport.abort)

    def _end(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


class Connection(WebSocketsSansIOProtocol):
    """A connection that speaks WebSocket."""

    _stall: asyncio.TimerHandle | None = None
    _end: asyncio.TimerHandle | None = None
    _held = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Bound what may wait to be written, here and in the kernel."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)
        peer: Any = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)

    def data_received(self, data: bytes) -> None:
        """Take what the client says; once it was told to go, it has not long."""
        super().data_received(data)
        self._see_off()

    def pause_writing(self) -> None:
        """The client does not read: hear no more of it, and wait only so long."""
        super().pause_writing()
        self._hold()
        if self._stall is None:
            self._stall = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._stop_waiting()
        if self._held:
            self._held = False
            if not self.read_paused:
                self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more: the client is gone."""
        self._stop_waiting()
        if self._end:
            self._end.cancel()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """The client has not answered a ping: nor will it read that it is closed."""
        super().keepalive_timeout()
        self._see_off()

    def send_receive_event_to_app(self) -> None:
        """Pass a message on, unless it is no text."""
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self.frames = []
            self.conn.send_close(INVALID_TEXT)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        """Send what the application says."""
        await super().send(message)
        self._see_off()

    async def receive(self) -> Any:
        """Return what the client says."""
        message = await super().receive()
        if not self.writable.is_set():
            self._hold()
        return message

    def _hold(self) -> None:
        if not self.read_paused and not self.disconnected:
            self._held = True
            self.transport.pause_reading()

    def _see_off(self) -> None:
        """See that a connection that is to close does, whatever is still to be written."""
        going = self.close_sent or self.transport.is_closing()
        if going and self._end is None and not self.disconnected:
            self._end = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._stall:
            self._stall.cancel()
            self._stall = None
