"""Results in a folder of this machine, or of a file system that all machines share."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.core.files.storage import FileSystemStorage

from reports.stores.store import CHUNK, Draft, Stream

ENDING = ".draft"


class Folder(FileSystemStorage):
    """A folder; a draft lies beside the file it will be, and a rename makes it that file."""

    @property
    def where(self) -> str:
        """What people call the place."""
        return str(self.location)

    @contextmanager
    def draft(self, name: str) -> Iterator[Draft]:
        """Lend a file that is named at the end of the block."""
        path = Path(self.path(name))
        aside = path.with_name(path.name + ENDING)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("w+b") as file:
                draft = Draft(file)
                yield draft
                file.flush()
                draft.bytes = file.seek(0, 2)
                file.seek(0)
                draft.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise

    def reader(self, name: str) -> IO[bytes]:
        """Open a file."""
        return Path(self.path(name)).open("rb")

    def stream(self, name: str, start: int, end: int) -> Stream:
        """Yield a part of a file."""
        return Chunks(self.reader(name), start, end)

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder."""
        try:
            return [path.name for path in Path(self.path(folder)).iterdir()]
        except FileNotFoundError:
            return []

    def tree(self, folder: str) -> list[str]:
        """Return the names of all files under a folder."""
        root = Path(self.path(""))
        return [
            str(path.relative_to(root))
            for path in Path(self.path(folder)).rglob("*")
            if not path.is_dir()
        ]

    def clear(self, folder: str) -> None:
        """Delete a folder and all that is in it."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path(folder))


class Chunks(Iterator[bytes]):
    """Chunks of an open file; closed at its end, or by whoever stops before, begun or not."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self._file = file
        self._left = end - start
        file.seek(start)

    def __next__(self) -> bytes:
        chunk = self._file.read(min(CHUNK, self._left)) if self._left > 0 else b""
        self._left -= len(chunk)
        if not chunk:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._left = 0
        self._file.close()
