"""A WebSocket client for tests: sends frames, waits for messages, with a deadline for each."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from socket import SHUT_RDWR
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SECONDS = 15


@dataclass(frozen=True)
class Door:
    port: int
    pid: int

    @contextmanager
    def open(self, query="", path="/ws/v1/", **headers):
        """Open a socket; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        origin = sent.pop("Origin", None)
        address = f"ws://127.0.0.1:{self.port}{path}{query}"
        # A client that does not read would not see answers to pings of its own either.
        quiet = {"compression": None, "proxy": None, "ping_interval": None}
        with connect(address, additional_headers=sent, origin=origin, **quiet) as connection:
            yield Socket(connection)

    def of(self, token):
        return self.open(Authorization=f"Bearer {token}")

    def memory(self):
        """Return how many bytes the process has resident."""
        return psutil.Process(self.pid).memory_info().rss

    def clients(self):
        """Return how many connections of clients the process holds."""
        held = psutil.Process(self.pid).net_connections("tcp")
        return sum(one.laddr.port == self.port and bool(one.raddr) for one in held)


class Socket:
    def __init__(self, connection):
        self.connection = connection

    def send(self, **frame):
        self.connection.send(json.dumps(frame))

    def next(self, seconds=SECONDS):
        return json.loads(self.connection.recv(timeout=seconds))

    def ask(self, **frame):
        self.send(**frame)
        return self.next()

    def subscribe(self, **more):
        message = self.ask(type="subscribe", topic="reports", **more)
        assert message["type"] == "subscribed", message
        return message

    def until(self, kind):
        """Return the messages up to the first of this type, which is the last of them."""
        messages = [self.next()]
        while messages[-1]["type"] != kind:
            messages.append(self.next())
        return messages

    def states(self, count):
        """Return the next `count` state changes; progress in between is passed over."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = self.next()
            if message["type"] != "report.progress":
                found.append(message)
        return found

    def break_off(self):
        """Go without a word, as when the line breaks."""
        self.connection.socket.shutdown(SHUT_RDWR)

    def silent(self):
        """Tell whether nothing was sent before the answer to a ping."""
        return self.ask(type="ping") == {"type": "pong"}

    def closed_with(self):
        """Return the code the server closes with."""
        with pytest.raises(ConnectionClosed) as closed:
            self.next()
        return code_of(closed.value)


def code_of(closed):
    """Return the code of a close frame that came."""
    assert closed.rcvd is not None, "the connection broke without a close frame"
    return closed.rcvd.code
