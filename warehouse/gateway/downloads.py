"""The downloads of one process: so many at once, each in a place until it ends or is closed."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from warehouse.exceptions import LimitExceeded


class Chunks(Protocol):
    """Bytes that are read piece by piece, and a way to stop."""

    def __next__(self) -> bytes:
        """Return the next piece."""

    def close(self) -> None:
        """Stop reading."""


class Downloads:
    """Places for downloads; `refusal` is what is said when all are taken."""

    def __init__(self, most: int, *, refusal: str, retry_after: int) -> None:
        self._places = threading.BoundedSemaphore(most)
        self._refusal = refusal
        self._retry_after = retry_after

    def stream(self, begin: Callable[[], Chunks]) -> Iterator[bytes]:
        """Begin a stream in one of the places; raises `LimitExceeded`, and what `begin` raises."""
        if not self._places.acquire(blocking=False):
            raise LimitExceeded(self._refusal, retry_after=self._retry_after)
        try:
            return _Download(begin(), self._places)
        except BaseException:
            self._places.release()
            raise


class _Download(Iterator[bytes]):
    """A stream that holds its place until it is exhausted or closed, read or not."""

    def __init__(self, chunks: Chunks, places: threading.BoundedSemaphore) -> None:
        self._chunks = chunks
        self._places = places
        self._held = True
        # Read ahead: a stream that has begun closes its file, and fails before the headers go.
        self._ahead = next(chunks, b"")

    def __next__(self) -> bytes:
        if not self._ahead:
            self.close()
            raise StopIteration
        chunk, self._ahead = self._ahead, next(self._chunks, b"")
        return chunk

    def close(self) -> None:
        """Give the place back, once."""
        if self._held:
            self._held = False
            self._places.release()
            self._chunks.close()
