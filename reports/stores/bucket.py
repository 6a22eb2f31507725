"""Results in a bucket that speaks S3. Loaded only where one is used: its library takes its time.

Drafts are files of this machine that have no name and go with their process; what has one is
uploaded in parts. Reading asks for the ranges it needs.
"""

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from reports.stores.store import CHUNK, Draft, Stream

ABSENT = {"404", "NoSuchKey", "NotFound"}
PART = 8 * 1024 * 1024
AHEAD = 1024 * 1024


class Bucket(S3Storage):  # type: ignore[misc]  # comes without types
    """A bucket, or what lies under a prefix of it."""

    def __init__(self, *, drafts: str | None = None, **settings: Any) -> None:
        self._drafts = drafts
        # A server of one's own has no sub-domain for each bucket.
        style = "path" if settings.get("endpoint_url") else "auto"
        super().__init__(
            client_config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 3},
                s3={"addressing_style": style},
            ),
            transfer_config=TransferConfig(multipart_chunksize=PART, use_threads=False),
            **settings,
        )

    @property
    def where(self) -> str:
        """What people call the place."""
        return f"s3://{self.bucket_name}/{self.location}".rstrip("/")

    @contextmanager
    def draft(self, name: str) -> Iterator[Draft]:
        """Lend a file that is uploaded at the end of the block."""
        if self._drafts:
            Path(self._drafts).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._drafts) as file:
            draft = Draft(file)
            yield draft
            file.flush()
            draft.bytes = file.seek(0, io.SEEK_END)
            file.seek(0)
            draft.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            self._save(name, File(file, name=name))

    def reader(self, name: str) -> IO[bytes]:
        """Open an object."""
        found = self._object(name)
        with told():
            return io.BufferedReader(Ranges(found, found.content_length), AHEAD)

    def stream(self, name: str, start: int, end: int) -> Stream:
        """Yield a range of an object, which is asked for at once."""
        return Parts(_get(self._object(name), start, end) if start < end else io.BytesIO())

    def names(self, folder: str) -> list[str]:
        """Return the names under a folder."""
        with told():
            return list(self.listdir(folder)[1])

    def tree(self, folder: str) -> list[str]:
        """Return the names of all objects under a folder."""
        prefix = self._normalize_name("")
        with told():
            return [one.key.removeprefix(prefix).lstrip("/") for one in self._under(folder)]

    def clear(self, folder: str) -> None:
        """Delete all objects under a folder."""
        with told():
            self._under(folder).delete()

    def _under(self, folder: str) -> Any:
        return self.bucket.objects.filter(Prefix=self._normalize_name(f"{folder}/"))

    def exists(self, name: str) -> bool:
        """Tell whether there is such an object."""
        with told():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        """Delete an object."""
        with told():
            super().delete(name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        with told():
            return str(super()._save(name, content))

    def _object(self, name: str) -> Any:
        with told():
            return self.bucket.Object(self._normalize_name(name))


class Ranges(io.RawIOBase):
    """An object as a file: each read asks for its range."""

    def __init__(self, found: Any, size: int) -> None:
        self._object, self._size, self._at = found, size, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be sought in."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read as much as fits."""
        end = min(self._size, self._at + len(buffer))
        if end <= self._at:
            return 0
        with told():
            chunk = _get(self._object, self._at, end).read()
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)


class Parts(Iterator[bytes]):
    """The body of an answer, chunk by chunk; closed at its end, or by whoever stops before."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def __next__(self) -> bytes:
        with told():
            chunk: bytes = self._body.read(CHUNK)
        if not chunk:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Give the connection up."""
        self._body.close()
        self._body = io.BytesIO()


def _get(found: Any, start: int, end: int) -> Any:
    with told():
        return found.get(Range=f"bytes={start}-{end - 1}")["Body"]


@contextmanager
def told() -> Iterator[None]:
    """Say by `OSError` what the library says in its own ways; never with a name of a key in it."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in ABSENT:
            raise FileNotFoundError(code) from error
        raise OSError(f"the bucket answered {code or 'with an error'}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(f"the bucket cannot be reached ({type(error).__name__})") from error
