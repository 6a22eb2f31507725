"""The formats of a result: each made from the stored JSON body row by row, in bounded memory."""

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import orjson

READ = 64 * 1024
PIECE = 64 * 1024
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet might run as a formula."""

_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, media type, and how the stored body becomes it."""

    name: str
    media_type: str
    convert: Callable[[IO[bytes]], Iterator[bytes]]


class _Text:
    """A window on a JSON document that is read forward, value by value."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text = ""
        self._at = 0

    def value(self) -> Any:
        """Read one JSON value; numbers need a delimiter after them, which every one here has."""
        self._skip()
        size = READ
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._more(size):
                    raise
            else:
                if end < len(self._text) or not self._more(size):
                    self._at = end
                    return value
            size *= 2

    def take(self, wanted: str) -> str:
        """Read one character, which must be among `wanted`."""
        self._skip()
        found = self._text[self._at : self._at + 1]
        if not found or found not in wanted:
            raise ValueError(f"expected one of {wanted!r} in a stored result, found {found!r}")
        self._at += 1
        return found

    def peek(self) -> str:
        """Return the next character without reading it."""
        self._skip()
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \r\n":
                self._at += 1
            if self._at < len(self._text) or not self._more(READ):
                return

    def _more(self, size: int) -> bool:
        chunk = self._file.read(size)
        self._text = self._text[self._at :] + self._decode(chunk)
        self._at = 0
        return bool(chunk)


def rows_of(file: IO[bytes]) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the column names of a stored result and its rows, read as they are asked for."""
    text = _Text(file)
    names: list[str] = []
    text.take("{")
    while True:
        key = text.value()
        text.take(":")
        if key == "rows":
            return names, _rows(text)
        value = text.value()
        if key == "columns":
            names = [column["name"] for column in value]
        text.take(",")


def _rows(text: _Text) -> Iterator[list[Any]]:
    text.take("[")
    if text.peek() == "]":
        return
    while True:
        yield text.value()
        if text.take(",]") == "]":
            return


class _Line:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def defuse(cell: Any) -> Any:
    """Return the cell, with text that a spreadsheet would run made plain by an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def _csv(file: IO[bytes]) -> Iterator[bytes]:
    names, rows = rows_of(file)
    writer = csv.writer(_Line())
    lines = (writer.writerow([_plain(cell) for cell in row]).encode() for row in rows)
    return _pieces(writer.writerow([_plain(name) for name in names]).encode(), lines)


def _plain(cell: Any) -> Any:
    """Return what csv.writer should write: text defused, booleans as JSON has them."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list | dict):
        return defuse(orjson.dumps(cell).decode())
    return defuse(cell)


def _ndjson(file: IO[bytes]) -> Iterator[bytes]:
    names, rows = rows_of(file)
    return _pieces(b"", (_object(names, row) for row in rows))


def _object(names: Sequence[str], row: Sequence[Any]) -> bytes:
    return orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE)


def _pieces(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Gather lines into pieces of a decent size."""
    gathered, size = [first], len(first)
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(gathered)
            gathered, size = [], 0
    if size:
        yield b"".join(gathered)


def _same(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(PIECE):
        yield chunk


FORMATS = {
    "json": Format("json", "application/json", _same),
    "csv": Format("csv", "text/csv; charset=utf-8", _csv),
    "ndjson": Format("ndjson", "application/x-ndjson", _ndjson),
}
