"""NDJSON files: one event a line, as `POST /events` takes it."""

from collections.abc import Iterator
from typing import IO

import orjson

from enrichment.importers.rows import Row


def read(file: IO[bytes]) -> Iterator[Row]:
    """Yield a row for each line that is not empty."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield _row(number, line)


def _row(number: int, line: bytes) -> Row:
    raw = line.decode(errors="replace").rstrip("\r\n")
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Row(number, None, raw, f"not JSON: {error}")
    if not isinstance(event, dict):
        return Row(number, None, raw, "not a JSON object")
    return Row(number, event, raw)
