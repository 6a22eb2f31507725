"""Where archives are kept: the store that results are kept in, as far as archives need it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Protocol, cast

from django.core.files.storage import storages


class Draft(Protocol):
    """A file that is being written; its size and digest are known once it is named."""

    file: IO[bytes]
    bytes: int
    sha256: str


class Shelf(Protocol):
    """A place for files, by names with slashes; what it cannot do it says by `OSError`."""

    def draft(self, name: str) -> AbstractContextManager[Draft]:
        """Lend a file to write in; it is named when the block ends well, else dropped."""

    def stream(self, name: str, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes from `start` up to, not including, `end`; closed by its reader."""

    def tree(self, folder: str) -> list[str]:
        """Return the names of all files under a folder, drafts included."""

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens when there is none."""


def shelf() -> Shelf:
    """Return the store of this installation."""
    return cast("Shelf", storages["results"])


def folder(organization_id: str) -> str:
    """Return the folder of an organization's archives."""
    return f"{organization_id}/takeouts"
