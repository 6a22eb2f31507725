"""CSV as RFC 4180 has it: a header, lines that end in CR LF, quotes where they are needed.

Whole columns are written at a time, by Arrow, which leaves the interpreter to others meanwhile.
Text that a spreadsheet would run begins with an apostrophe; numbers are left alone.
"""

from collections.abc import Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from reports.parquet import Kept, decimal_text
from warehouse import cells
from warehouse.planner.plan import Column

DANGEROUS = "=+-@\t\r\n＝＋－＠"
"""How a cell begins that a spreadsheet might run as a formula."""
RUNNABLE = rf"\A[{DANGEROUS.replace('-', '')}-]"
SPECIAL = r'[",\r\n]'
END = "\r\n"


def write(result: Kept, file: IO[bytes]) -> None:
    """Write a header and the rows."""
    file.write(_lines([_quoted(_defused(pa.array([c.name]))) for c in result.columns]))
    for batch in result.batches():
        columns = zip(result.columns, batch.columns, strict=True)
        file.write(_lines([_text(*one, result.zone) for one in columns]))


def _text(column: Column, array: pa.Array, zone: str) -> pa.Array:
    """Return a column's cells as they stand in a line; what is absent is empty."""
    if column.kind in ("date", "time"):
        return _moments(column, array, zone)
    if column.kind == "decimal":
        return decimal_text(array)
    if pa.types.is_string(array.type):
        return _quoted(_defused(array))
    return array.cast(pa.string())


def _moments(column: Column, array: pa.Array, zone: str) -> pa.Array:
    """Write each day or instant as JSON has it; by Python, once each, where clocks were turned."""
    sent = array.cast(pa.int32() if column.kind == "date" else pa.int64())
    if column.kind == "time" and len(sent) > sent.null_count:
        edges = pc.min_max(sent).as_py()
        found = cells.stretches(edges["min"], edges["max"], zone)
        if len(found) == 1 and min(0, found[0].ahead) + edges["min"] >= 0:
            return _clock(sent, found[0], bucket=column.name in cells.BUCKETS)
    once = sent.dictionary_encode()
    shown = cells.shower(column, zone)(once.dictionary.to_pylist())
    return pa.array(shown, pa.string()).take(once.indices)


def _clock(sent: pa.Array, stretch: cells.Stretch, *, bucket: bool) -> pa.Array:
    """Write microseconds since 1970 as the clocks showed them that were not turned meanwhile."""
    unit, fraction = ("s", 1_000_000) if bucket else ("ms", 1_000)
    local = pc.divide(pc.add(sent, stretch.ahead), fraction).cast(pa.timestamp(unit))
    text = pc.replace_substring(local.cast(pa.string()), " ", "T")
    return pc.binary_join_element_wise(text, stretch.suffix, "")


def _defused(array: pa.Array) -> pa.Array:
    runs = pc.match_substring_regex(array, RUNNABLE)
    if not pc.any(runs).as_py():
        return array
    return pc.if_else(runs, pc.binary_join_element_wise("'", array, ""), array)


def _quoted(array: pa.Array) -> pa.Array:
    special = pc.match_substring_regex(array, SPECIAL)
    if not pc.any(special).as_py():
        return array
    doubled = pc.replace_substring(array, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), array)


def _lines(columns: Sequence[pa.Array]) -> memoryview | bytes:
    """Join columns into lines: the values of one array lie in memory one behind the other."""
    joined = pc.binary_join_element_wise(
        *columns, ",", null_handling="replace", null_replacement=""
    )
    # One column that is absent would be an empty line, which readers pass over.
    if len(columns) == 1:
        joined = pc.if_else(pc.equal(joined, ""), '""', joined)
    lines = pc.binary_join_element_wise(joined, END, "")
    if not len(lines):
        return b""
    _, offsets, values = lines.buffers()
    first, last = _edges(offsets, lines)
    return memoryview(values)[first:last]


def _edges(offsets: Any, lines: pa.Array) -> tuple[int, int]:
    edges = memoryview(offsets).cast("i")
    return edges[lines.offset], edges[lines.offset + len(lines)]
