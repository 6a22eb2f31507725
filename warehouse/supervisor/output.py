"""Reads what the processes print, without threads, and passes it on line by line."""

import os
import selectors
from typing import IO

from warehouse.supervisor.console import Console

CHUNK = 65536


class Output:
    """The pipes of all processes; `pump` is called all the time by whoever waits for something."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._selector = selectors.DefaultSelector()
        self._rest: dict[int, bytes] = {}

    def add(self, name: str, pipe: IO[bytes]) -> None:
        """Print the lines of `pipe` under `name` until it ends."""
        os.set_blocking(pipe.fileno(), False)
        self._rest[pipe.fileno()] = b""
        self._selector.register(pipe, selectors.EVENT_READ, name)

    def pump(self, seconds: float) -> None:
        """Wait up to `seconds` for output and print what came."""
        for key, _ in self._selector.select(seconds):
            self._read(key)

    def drain(self) -> None:
        """Print what is left in the pipes."""
        while ready := self._selector.select(0):
            for key, _ in ready:
                self._read(key)

    def _read(self, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, CHUNK)
        *lines, rest = (self._rest[key.fd] + data).split(b"\n")
        if len(rest) > CHUNK or not data:
            lines, rest = [*lines, rest] if rest else lines, b""
        for line in filter(bytes.strip, lines):
            self._console.line(key.data, line.decode(errors="replace").rstrip())
        self._rest[key.fd] = rest
        if not data:
            self._selector.unregister(key.fileobj)
            del self._rest[key.fd]
            key.fileobj.close()  # type: ignore[union-attr]
