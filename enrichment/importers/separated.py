"""CSV files with a header line; columns that are no field of an event become properties."""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO

from enrichment.importers.rows import Row, event_of

# Far more than the longest field: where a quote was lost, a cell would take in the lines below.
CELL_LIMIT = 64 * 1024


class Lines:
    """The lines of a text, counted; those that a broken record took in are handed out again."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self._taken.append(line)
        self.number += 1
        return line

    def begin(self) -> None:
        """Start a record."""
        self._taken.clear()

    def break_off(self) -> str:
        """Leave the record its first line, which is returned, and hand out the others again."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        self._taken = [first]
        return first.rstrip("\r\n")

    @property
    def many(self) -> bool:
        """Whether the record has taken in more than one line."""
        return len(self._taken) > 1


def read(file: IO[bytes]) -> Iterator[Row]:
    """Yield a row for each record; its line is that on which the record ends."""
    csv.field_size_limit(CELL_LIMIT)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from _rows(Lines(text))
    finally:
        text.detach()


def _rows(lines: Lines) -> Iterator[Row]:
    reader = csv.reader(lines)
    names = next(reader, [])
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raw = lines.break_off()
            yield Row(lines.number, None, raw, f"not CSV: {error}")
            continue
        if len(cells) != len(names) and lines.many:
            raw = lines.break_off()
            yield Row(lines.number, None, raw, "opens a quote that does not close in its record")
        elif cells:
            yield _row(lines.number, names, cells)


def _row(line: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) != len(names):
        return Row(line, None, cells, f"has {len(cells)} cells, the header has {len(names)}")
    try:
        return Row(line, event_of(dict(zip(names, cells, strict=True))), cells)
    except ValueError as error:
        return Row(line, None, cells, str(error))
