"""The line to the ClickHouse server: good, or bad in one way for as long as a test says."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

from tests.warehouse.proxy import Proxy, forward

MANY = 10_000


class Line(Proxy):
    """A proxy that stays bad until told otherwise."""

    @contextmanager
    def bad(self, fault, times=MANY):
        """Treat tagged queries by `fault` while the block runs, at most `times` of them."""
        self.faults = [fault] * times
        try:
            yield
        finally:
            self.faults = []

    def release(self):
        """Let those that wait in `stall` go on."""
        self.released.set()
        self.released = threading.Event()

    @contextmanager
    def refusing(self):
        """Refuse every connection while the block runs, and cut those that are open."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._sockets = [self._listener]
            self.listen()


def late(seconds):
    """Return a fault that answers so much later."""

    def wait(proxy, request, client):
        time.sleep(seconds)
        forward(proxy, request, client)

    return wait


def slowly(proxy, request, client):
    """Pass the answer on in drops."""
    forward(proxy, request, client, change=_drop)


def _drop(piece):
    time.sleep(0.05)
    return bytes(piece)
