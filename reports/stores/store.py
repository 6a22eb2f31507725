"""What every store can do. Files are written aside, as drafts, and get their name when complete.

Whatever a store cannot do it says by `OSError`, and by `FileNotFoundError` what is not there.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Protocol

CHUNK = 256 * 1024


@dataclass(slots=True)
class Draft:
    """A file that is being written; once it has got its name, how long it is and its digest."""

    file: IO[bytes]
    bytes: int = 0
    sha256: str = ""


class Stream(Protocol):
    """Chunks of a file; whoever leaves before its end closes it."""

    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...
    def close(self) -> None: ...  # noqa: D102


class Store(Protocol):
    """A place for files, by names with slashes."""

    @property
    def where(self) -> str:
        """What people call the place."""

    def draft(self, name: str) -> AbstractContextManager[Draft]:
        """Lend a file to write and seek in; it is named when the block ends well, else dropped."""

    def reader(self, name: str) -> IO[bytes]:
        """Open a file to seek and read in, without ever holding all of it."""

    def stream(self, name: str, start: int, end: int) -> Stream:
        """Return the bytes from `start` up to, not including, `end`."""

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, drafts included; none if there is no such folder."""

    def tree(self, folder: str) -> list[str]:
        """Return the names of all files under a folder, however deep, drafts included."""

    def clear(self, folder: str) -> None:
        """Delete a folder and all that is in it; nothing happens when there is none."""

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""

    def delete(self, name: str) -> None:
        """Delete a file, or an empty folder; nothing happens when there is none."""
