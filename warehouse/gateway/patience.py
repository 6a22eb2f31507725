"""How many threads may wait for bodies that do not come, and for how long.

The server itself has no such bounds: a body that is announced and never sent would hold a thread
for as long as its sender likes. So half of the threads may wait, and when one has for too long,
the connections that have fallen silent in the middle of a request are closed for reading.
"""

import io
import itertools
import os
import socket
import stat
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from warehouse.exceptions import SourceUnavailable

QUEUE_SECONDS = 1.0
SILENT_SECONDS = 35.0
"""Longer than any request waits for its answer: who waits for that long waits for its body."""
LOOK_SECONDS = 5.0
OPEN_FILES = Path("/proc/self/fd")
TCP_INFO_BYTES, TCP_INFO_TIMES = 64, 44


class Patience:
    """The bodies this process waits for, at most `most` at once."""

    def __init__(self, most: int, silent_seconds: float = SILENT_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(most)
        self._silent_seconds = silent_seconds
        self._since: dict[int, tuple[float, int]] = {}
        self._numbers = itertools.count()
        self._watched = False
        self._lock = threading.Lock()

    def read(self, stream: Any, size: int, port: int) -> bytes:
        """Return up to `size` bytes that came to `port`.

        Raises `SourceUnavailable` while too many others wait for theirs.
        """
        if not self._watched:
            self._watch()
        if not self._places.acquire(timeout=QUEUE_SECONDS):
            raise SourceUnavailable(
                "Too many requests do not send what they announced.", retry_after=5
            )
        number = next(self._numbers)
        self._since[number] = time.monotonic(), port
        try:
            return stream.read(size)  # type: ignore[no-any-return]
        finally:
            del self._since[number]
            self._places.release()

    def _watch(self) -> None:
        with self._lock:
            first, self._watched = not self._watched, True
        if first:
            threading.Thread(target=self._look, name="patience", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            overdue = time.monotonic() - self._silent_seconds
            for port in {port for since, port in self._since.copy().values() if since < overdue}:
                hang_up(port, self._silent_seconds)


class Body(io.RawIOBase):
    """A request's body as Django reads it, waited for with patience."""

    def __init__(self, stream: Any, port: int, patience: Patience) -> None:
        self._stream, self._port, self._patience = stream, port, patience

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; raises what `Patience.read` raises."""
        return self._patience.read(self._stream, size, self._port)


def hang_up(port: int, seconds: float) -> int:
    """Close for reading what came to `port`, asked last and has been silent for so long.

    Returns how many connections that were. Only where the system shows open files and their times.
    """
    files = OPEN_FILES.iterdir() if OPEN_FILES.is_dir() else ()
    return sum(_hang_up(int(file.name), port, seconds) for file in files)


def _hang_up(file: int, port: int, seconds: float) -> bool:
    with suppress(OSError):
        if not stat.S_ISSOCK(os.fstat(file).st_mode):
            return False
        # A copy stays the same connection, whoever gets the number meanwhile.
        with socket.socket(fileno=os.dup(file)) as connection:
            if _is_from(connection, port) and _is_silent(connection, seconds):
                connection.shutdown(socket.SHUT_RD)
                return True
    return False


def _is_from(connection: socket.socket, port: int) -> bool:
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    connection.getpeername()
    return bool(connection.getsockname()[1] == port)


def _is_silent(connection: socket.socket, seconds: float) -> bool:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    since_sent, _, since_received = struct.unpack_from("=III", info, TCP_INFO_TIMES)
    return bool(seconds * 1000 <= since_received <= since_sent)
