"""The ASGI door: WebSockets, and a health answer for whoever watches their process."""

import os
import resource
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warehouse.settings")  # noqa: TID251
django.setup(set_prefix=False)

from reports.address import PATH  # noqa: E402
from reports.ws.consumer import Socket  # noqa: E402
from warehouse.tenancy import usage  # noqa: E402

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

NOWHERE = 4404
SWITCH_SECONDS = 0.0005
"""Threads that read rows want the interpreter for a moment after each: at the usual 5 ms a busy
loop kept them waiting so long that messages came twice as late (docs/performance.md)."""

_socket = Socket.as_asgi()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one connection."""
    if scope["type"] == "websocket":
        await _websocket(scope, receive, send)
    elif scope["type"] == "http":
        await _http(scope, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def _websocket(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"] == PATH:
        await _socket(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": NOWHERE})


async def _http(scope: Message, send: Send) -> None:
    alive = scope["path"] == "/healthz"
    body = b'{"status":"alive"}' if alive else b'{"status":404,"title":"Not found"}'
    kind = b"application/json" if alive else b"application/problem+json"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    status = 200 if alive else 404
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _allow_many_files()
            sys.setswitchinterval(SWITCH_SECONDS)
            usage.start(usage.USAGE)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _allow_many_files() -> None:
    """Raise how many files, and so sockets, this process may have open to what the system allows.

    Some systems name no limit and still have one: then it stays as it was.
    """
    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
