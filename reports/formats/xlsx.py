"""A sheet of a workbook. Days and times are real ones, times as the clocks of the request's zone
show them; text is never a formula, and numbers too long for a spreadsheet are text.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import orjson
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from reports.formats.csv import DANGEROUS
from reports.parquet import Kept
from warehouse import cells
from warehouse.cells import EPOCH
from warehouse.language import zones
from warehouse.planner.plan import Column

UNKNOWN = datetime(2000, 1, 1)  # noqa: DTZ001  a sheet knows no zones
LONGEST_TEXT = 32_767
EXACT_DIGITS = 15
"""How many digits of a number a spreadsheet keeps."""
DAY, TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss.000"
WIDTHS: Mapping[str, int] = {"date": 11, "time": 23}

Put = Callable[[int, Any], object]


def write(result: Kept, file: IO[bytes]) -> None:
    """Write a header and the rows into one sheet, row by row."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "book.xlsx"
        options = {"constant_memory": True, "use_zip64": True, "tmpdir": scratch}
        book = xlsxwriter.Workbook(path, options)
        # Of the result, not of the day: the same result is the same file whenever it is made.
        book.set_properties({"created": _computed(result)})
        _fill(book, result)
        try:
            book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error
        with path.open("rb") as written:
            shutil.copyfileobj(written, file)


def _computed(result: Kept) -> datetime:
    told = orjson.loads(result.rest).get("meta", {}).get("computed_at")
    return datetime.fromisoformat(told).replace(tzinfo=None) if told else UNKNOWN


def _fill(book: Any, result: Kept) -> None:
    sheet = book.add_worksheet("Result")
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True, "quote_prefix": True})
    for place, column in enumerate(result.columns):
        sheet.set_column(place, place, WIDTHS.get(column.kind, 16))
        sheet.write_string(0, place, column.name, bold)
    puts = [_put(book, sheet, *one, result.zone) for one in enumerate(result.columns)]
    at = 1
    for page in result.pages():
        for row in zip(*page, strict=True):
            for put, cell in zip(puts, row, strict=True):
                if cell is not None:
                    put(at, cell)
            at += 1


def _put(book: Any, sheet: Any, place: int, column: Column, zone: str) -> Put:
    """Return what writes a cell of the column into a row."""
    if column.kind == "date":
        shown = book.add_format({"num_format": DAY})
        return lambda at, day: sheet.write_datetime(at, place, date.fromordinal(EPOCH + day), shown)
    if column.kind == "time":
        shown = book.add_format({"num_format": TIME})
        return partial(_put_time, sheet, place, shown, zone)
    if column.kind == "boolean":
        return lambda at, cell: sheet.write_boolean(at, place, cell)
    if column.kind in ("integer", "number", "decimal"):
        return partial(_put_number, sheet, place)
    prefixed = book.add_format({"quote_prefix": True})
    return partial(_put_text, sheet, place, prefixed)


def _put_time(sheet: Any, place: int, shown: Any, zone: str, at: int, microseconds: int) -> None:
    local = zones.local(cells.instant(microseconds), zone)
    sheet.write_datetime(at, place, local.replace(tzinfo=None), shown)


def _put_number(sheet: Any, place: int, at: int, cell: int | float | str) -> None:
    text = str(cell)
    if not isinstance(cell, float) and sum(map(str.isdigit, text)) > EXACT_DIGITS:
        sheet.write_string(at, place, text)
    else:
        sheet.write_number(at, place, float(cell))


def _put_text(sheet: Any, place: int, prefixed: Any, at: int, cell: str) -> None:
    """Write text as text; the mark on what looks like a formula keeps it so when it is edited."""
    marked = prefixed if cell.startswith(tuple(DANGEROUS)) else None
    sheet.write_string(at, place, cell[:LONGEST_TEXT], marked)
