"""Thousands of WebSocket clients in one light process: raw sockets, one `epoll`.

It takes one JSON document on its standard input: port, tokens, and how many sockets each token
opens. It says how long that took, then collects until it is told to stop, and writes for each
message with a cursor which token's socket got it, and when.
"""

import json
import re
import resource
import selectors
import socket
import sys
import time

from tests.reports.ws.raw import PING, PONG, frame, request, take

AT_ONCE = 64
PATIENCE = 60.0
CURSOR = re.compile(rb'"cursor":(\d+)')
SUBSCRIBE = b'{"type":"subscribe","topic":"reports"}'


class Listener:
    """One socket: its handshake, its subscription, and the frames that have come."""

    def __init__(self, port, token, owner):
        self.owner = owner
        self.subscribed = False
        self._open = False
        self._arrived = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request(port, token))
        self.socket.setblocking(False)

    def hear(self):
        """Take what has arrived; returns the payloads of whole frames."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError(f"the server closed a socket: {self._arrived[-300:]!r}")
        self._arrived += data
        if not self._open:
            self._shake()
        payloads = []
        while self._open and (payload := self._next()) is not None:
            payloads.append(payload)
        return payloads

    def _shake(self):
        head, mark, rest = self._arrived.partition(b"\r\n\r\n")
        if not mark:
            return
        if b" 101" not in head[:13]:
            raise ConnectionError(head.decode(errors="replace"))
        self._open, self._arrived = True, rest
        self.socket.sendall(frame(SUBSCRIBE))

    def _next(self):
        found = take(self._arrived)
        if found is None:
            return None
        opcode, payload, self._arrived = found
        if opcode == PING:
            self.socket.sendall(frame(payload, PONG))
            return b""
        return payload


def connect(ready, port, tokens, each):
    """Open every socket, a bounded number at a time; returns how long it took."""
    wanted = [(token, owner) for owner, token in enumerate(tokens) for _ in range(each)]
    began, waiting = time.monotonic(), 0
    while wanted or waiting:
        while wanted and waiting < AT_ONCE:
            token, owner = wanted.pop()
            listener = Listener(port, token, owner)
            ready.register(listener.socket, selectors.EVENT_READ, listener)
            waiting += 1
        events = ready.select(PATIENCE)
        if not events:
            raise TimeoutError(f"{waiting} sockets were not subscribed")
        for key, _ in events:
            for payload in key.data.hear():
                if not key.data.subscribed and b'"subscribed"' in payload:
                    key.data.subscribed = True
                    waiting -= 1
    return time.monotonic() - began


def collect(ready):
    """Return owner, cursor and moment of each message until the standard input says stop."""
    found: list[tuple[int, int, float]] = []
    ready.register(sys.stdin, selectors.EVENT_READ, None)
    while True:
        for key, _ in ready.select():
            if key.data is None:
                return found
            for payload in key.data.hear():
                cursor = CURSOR.search(payload)
                if cursor:
                    found.append((key.data.owner, int(cursor[1]), time.monotonic()))


def main():
    """Do what the standard input says."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    told = json.loads(sys.stdin.readline())
    with selectors.DefaultSelector() as ready:
        seconds = connect(ready, told["port"], told["tokens"], told["each"])
        sys.stdout.write(json.dumps(seconds) + "\n")
        sys.stdout.flush()
        sys.stdout.write(json.dumps(collect(ready)) + "\n")


if __name__ == "__main__":
    main()
