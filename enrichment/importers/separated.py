"""CSV files with a header line; columns that are no field of an event become properties."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO

from enrichment.importers.rows import Row, event_of

# A cell may be as long as the longest field and a good deal more; a lost quote ends here.
CELL_LIMIT = 1024 * 1024


def read(file: IO[bytes]) -> Iterator[Row]:
    """Yield a row for each record; its line is that on which the record ends."""
    csv.field_size_limit(CELL_LIMIT)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from _rows(text)
    finally:
        text.detach()


def _rows(text: Iterable[str]) -> Iterator[Row]:
    reader = csv.reader(text)
    names = next(reader, [])
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, None, "", f"not CSV: {error}")
            continue
        if cells:
            yield _row(reader.line_num, names, cells)


def _row(line: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) != len(names):
        return Row(line, None, cells, f"has {len(cells)} cells, the header has {len(names)}")
    try:
        return Row(line, event_of(dict(zip(names, cells, strict=True))), cells)
    except ValueError as error:
        return Row(line, None, cells, str(error))
