"""Where results are kept: written aside under organization, job and attempt, named by the commit.

The JSON body is stored as the engine made it. Other formats are made from it once, on first
demand, and kept beside it; reading and making both hold one chunk or row at a time.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from reports.formats import FORMATS, Format
from reports.models import Job, ResultFile
from warehouse.exceptions import Gone, InvalidRequest, SourceUnavailable

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored result: `rows` data rows, `bytes` long, `sha256` of what is stored."""

    name: str
    rows: int
    bytes: int
    sha256: str

    def as_columns(self) -> dict[str, Any]:
        """Return the facts as columns of Job."""
        return {f"result_{name}": value for name, value in asdict(self).items()}


def write(job: Job, pieces: Iterator[bytes], *, rows: Callable[[], int]) -> Stored:
    """Store a body aside under this attempt; nobody sees it until the job's commit names it.

    `rows` tells how many rows it has, once the last piece was taken.
    """
    return _save(f"{_folder(job)}/{job.attempt}.json", pieces, rows)


def read_body(job: Job) -> bytes:
    """Return the whole JSON body of a succeeded job; raises `Gone` when it is not kept."""
    with _open(job.result_name) as file:
        return bytes(file.read())


def provide(job: Job, format_: str) -> Stored:
    """Return the result in `format_`, made now if nobody has asked for it before."""
    if format_ not in FORMATS:
        raise InvalidRequest(f"There is no format {format_!r}; there are {', '.join(FORMATS)}.")
    if format_ == "json":
        return Stored(
            job.result_name, job.result_rows or 0, job.result_bytes or 0, job.result_sha256
        )
    made = ResultFile.objects.filter(job=job, format=format_).first()
    if made and _store().exists(made.name):
        return Stored(made.name, made.rows, made.bytes, made.sha256)
    return _make(job, FORMATS[format_])


def stream(stored: Stored, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the stored bytes from `start` up to, not including, `end`, chunk by chunk."""
    return _Chunks(_open(stored.name), start, stored.bytes if end is None else end)


def remove(stored: Stored) -> None:
    """Delete one stored file that will not be named."""
    _store().delete(stored.name)


def discard(job: Job) -> None:
    """Delete everything stored for the job, and its folder."""
    _delete_where(job, lambda _: True)
    with suppress(OSError):  # somebody makes another format right now: it goes with the job's row
        _store().delete(_folder(job))


def discard_unnamed(job: Job) -> None:
    """Delete what earlier attempts of a succeeded job left behind."""
    kept = job.result_name.rpartition("/")[2]
    _delete_where(job, lambda name: name != kept)


def _delete_where(job: Job, unwanted: Callable[[str], bool]) -> None:
    folder = _folder(job)
    try:
        names = _store().listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in filter(unwanted, names):
        _store().delete(f"{folder}/{name}")


def _make(job: Job, format_: Format) -> Stored:
    """Make the result in another format and name it; of racing makers the last is named."""
    name = f"{_folder(job)}/{job.attempt}-{uuid.uuid4().hex[:12]}.{format_.name}"
    with _open(job.result_name) as source:
        stored = _save(name, format_.convert(source), lambda: job.result_rows or 0)
    ResultFile.objects.update_or_create(job=job, format=format_.name, defaults=asdict(stored))
    return stored


def _save(name: str, pieces: Iterator[bytes], rows: Callable[[], int]) -> Stored:
    """Store pieces under a name that is free; what breaks off leaves nothing behind."""
    copy = _Copy(pieces)
    try:
        name = _store().save(name, copy)
    except BaseException as error:
        _store().delete(name)
        if isinstance(error, OSError):
            raise SourceUnavailable("The result could not be stored; try again later.") from error
        raise
    return Stored(name, rows(), copy.length, copy.digest.hexdigest())


class _Copy(File):  # type: ignore[type-arg]  # generic in its stubs alone
    """Bytes on their way into the store, counted and hashed as they pass."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(None)
        self._pieces = pieces
        self.length = 0
        self.digest = hashlib.sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the pieces, whatever `chunk_size` says: they are bounded already."""
        for piece in self._pieces:
            self.length += len(piece)
            self.digest.update(piece)
            yield piece


def _open(name: str) -> IO[bytes]:
    try:
        return _store().open(name, "rb")
    except FileNotFoundError:
        raise Gone from None


class _Chunks(Iterator[bytes]):
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


def _folder(job: Job) -> str:
    return f"{job.organization_id}/{job.pk}"


def _store() -> Storage:
    return storages["results"]
