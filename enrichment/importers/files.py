"""Opens the file of an import: decompressed by its ending, digested, standard input kept aside."""

import gzip
import hashlib
import io
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import zstandard

from enrichment.importers import ENDINGS

STANDARD_INPUT = "-"


def _unzstd(raw: IO[bytes]) -> IO[bytes]:
    """Return a reader of all frames that leaves the file itself open."""
    frames = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=False)
    return io.BufferedReader(frames)


# What reading raises when a file is not what its ending says, or was cut off.
BROKEN = (OSError, EOFError, ValueError, zlib.error, zstandard.ZstdError)
COMPRESSED: Mapping[str, Callable[[Any], Any]] = {
    ".gz": gzip.open,
    ".zst": _unzstd,
    ".zstd": _unzstd,
}
# How servers and their rotation name logs: access_log, access.log.1, site.log-20260131.
LOG_NAME = re.compile(r"access[._-]log|\.log[.-]\d+$")


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file: `raw` tells how far reading has come, `plain` is what to read."""

    name: str
    digest: str
    size: int
    raw: IO[bytes]
    plain: IO[bytes]


@contextmanager
def opened(name: str, standard_input: IO[bytes]) -> Iterator[Source]:
    """Open a file by name, `-` for standard input; raises OSError where it cannot be read."""
    with tempfile.TemporaryFile() if name == STANDARD_INPUT else Path(name).open("rb") as raw:
        if name == STANDARD_INPUT:
            shutil.copyfileobj(standard_input, raw)
            raw.seek(0)
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        size = raw.tell()
        raw.seek(0)
        uncompress = COMPRESSED.get(Path(name).suffix.lower())
        plain = uncompress(raw) if uncompress else raw
        yield Source(name, digest, size, raw, plain)


def format_of(name: str) -> str | None:
    """Return the format that a file's name tells, or None."""
    path = Path(name.lower())
    if path.suffix in COMPRESSED:
        path = path.with_suffix("")
    log = "access-log" if LOG_NAME.search(path.name) else None
    return ENDINGS.get(path.suffix, log)
