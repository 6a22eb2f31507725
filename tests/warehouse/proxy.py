"""A bad connection to a ClickHouse server: passes on, stalls, cuts, or answers in its place."""

import random
import socket
import threading
from contextlib import suppress

PIECE = 65_536


class Proxy:
    """Listens on a port of its own and treats each query as the next of `faults` says.

    A fault is a function that gets the proxy, the request's bytes and the client's socket. Only
    requests in which `word` stands count: what the driver asks of every server passes.
    """

    def __init__(self, server_port, word=b"log_comment="):
        self.server_port, self.word = server_port, word
        self.faults, self.seen = [], 0
        self.released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = [self._listener]
        self.listen()

    def listen(self):
        """Accept connections from now on."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        """Refuse from now on, and end every connection."""
        self.released.set()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, suppress(OSError):
            request = read_request(client)
            fault = None
            if self.word in request:
                self.seen += 1
                fault = self.faults.pop(0) if self.faults else None
            (fault or forward)(self, request, client)


def read_request(client):
    """Return one HTTP request, head and body; empty when the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := client.recv(PIECE)):
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += client.recv(PIECE)
    elif b"transfer-encoding: chunked" in lower:
        while not body.endswith(b"0\r\n\r\n"):
            body += client.recv(PIECE)
    return head + b"\r\n\r\n" + body


def forward(proxy, request, client, limit=None, change=bytes):
    """Pass a request on and its answer back, at most `limit` bytes of it; the connection ends."""
    head, _, body = request.partition(b"\r\n\r\n")
    closing = head + b"\r\nConnection: close\r\n\r\n" + body
    with socket.create_connection(("127.0.0.1", proxy.server_port)) as server:
        proxy._sockets.append(server)
        server.sendall(closing)
        passed = 0
        while piece := server.recv(PIECE):
            piece = piece if limit is None else piece[: limit - passed]
            client.sendall(change(piece))
            passed += len(piece)
            if passed == limit:
                break


def stall(proxy, request, client):
    """Take the request and say nothing."""
    proxy.released.wait(60)


def reset(proxy, request, client):
    """End the connection without an answer."""


def lose_answer(proxy, request, client):
    """Let the server do what was asked, and lose its answer."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        forward(proxy, request, ours, limit=1)


def cut(at):
    """Return a fault that ends the answer after so many bytes."""
    return lambda proxy, request, client: forward(proxy, request, client, limit=at)


def garble(seed):
    """Return a fault that changes some bytes of the answer, but not of its head."""
    chance = random.Random(seed)

    def change(piece):
        changed = bytearray(piece)
        head = piece.find(b"\r\n\r\n") + 4 if piece.startswith(b"HTTP/") else 0
        for _ in range(3 if len(piece) > head else 0):
            changed[chance.randrange(head, len(piece))] = chance.randrange(256)
        return bytes(changed)

    return lambda proxy, request, client: forward(proxy, request, client, change=change)


def answer(status, body=b"no"):
    """Return a fault that answers in the server's place."""
    head = b"HTTP/1.1 %d Something\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return lambda proxy, request, client: client.sendall(head + body)
