"""A load generator much lighter than what it measures: raw sockets, keep-alive, a few processes.

Each process keeps its connections busy: it sends the same finished bytes again as soon as an
answer is complete, and looks at nothing but the status and the length.
"""

import multiprocessing
import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
LAST_CHUNK = b"\r\n0\r\n\r\n"
CONTEXT = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Load:
    """Requests to send to a port of this machine: one after another on each connection."""

    port: int
    request: bytes
    connections: int = 64
    processes: int = 2

    def measure(self, seconds):
        """Return answers per second; an answer other than 200 ends the measurement."""
        share = self.connections // self.processes
        work = [(self.port, self.request, share, seconds)] * self.processes
        with CONTEXT.Pool(self.processes) as pool:
            return sum(pool.starmap(_press, work)) / seconds


def request(method, path, port, *, headers=(), body=b""):
    """Return the bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + HEAD_END + body


class _Connection:
    """One keep-alive connection and what has arrived of its current answer."""

    def __init__(self, port, request_bytes):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request_bytes
        self._arrived = b""

    def ask(self):
        """Send the request."""
        self._arrived = b""
        self.socket.sendall(self._request)

    def hear(self):
        """Take what has arrived; returns whether the answer is complete."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed a keep-alive connection")
        self._arrived += data
        end = self._arrived.find(HEAD_END)
        return end >= 0 and self._complete(self._arrived[:end].lower(), end + len(HEAD_END))

    def _complete(self, head, start):
        if b" 200" not in head[:13]:
            raise ConnectionError(self._arrived[:500].decode(errors="replace"))
        place = head.find(LENGTH)
        if place < 0:
            return self._arrived.endswith(LAST_CHUNK)
        length = int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0])
        return len(self._arrived) - start >= length


def _press(port, request_bytes, connections, seconds):
    """Return how many answers came in `seconds`."""
    answered = 0
    with selectors.DefaultSelector() as ready, ExitStack() as opened:
        for _ in range(connections):
            connection = _Connection(port, request_bytes)
            opened.enter_context(connection.socket)
            ready.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask()
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            for key, _ in ready.select(timeout=1):
                if key.data.hear():
                    answered += 1
                    key.data.ask()
    return answered
