"""A result as one Parquet file that says all of itself: any format is made from it alone.

Its key-value metadata hold, each as JSON: `columns` (name, type, role), `rest` (totals, comparison,
meta) as the answer has them, `timezone` and `granularity`. Loaded by workers, and by a web process
that makes a format for the first time.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import cells, document
from warehouse.cells import Cells
from warehouse.document import Page
from warehouse.exceptions import Gone
from warehouse.planner.plan import Column

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 10_000
GROUP_ROWS = 60_000
GROUP_BYTES = 8 * 1024 * 1024
PREFIX = "trellis."
MARK = PREFIX.encode()

TYPES: Mapping[str, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "decimal": pa.decimal128(38, cells.DIGITS),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "time": pa.timestamp("us", tz="UTC"),
}
SENT_AS: Mapping[str, pa.DataType] = {"date": pa.int32(), "time": pa.int64()}
"""What Arrow takes kept cells for that are numbers of days or microseconds."""


class Pages(Protocol):
    """A computed result: pages of rows, and what stands behind them once the last was taken."""

    @property
    def columns(self) -> Sequence[Column]: ...  # noqa: D102
    @property
    def zone(self) -> str: ...  # noqa: D102
    @property
    def granularity(self) -> str | None: ...  # noqa: D102
    @property
    def rest(self) -> bytes: ...  # noqa: D102
    def __iter__(self) -> Iterator[Page]: ...


def write(file: IO[bytes], result: Pages) -> int:
    """Write a result and return how many rows it has; what breaks off leaves no whole file."""
    schema = pa.schema([(one.name, _type(one)) for one in result.columns])
    schema = schema.with_metadata(
        _named(
            columns=document.described(result.columns),
            timezone=orjson.dumps(result.zone),
            granularity=orjson.dumps(result.granularity),
        )
    )
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer:
        for table in _groups(schema, result):
            writer.write_table(table)
            rows += table.num_rows
        writer.add_key_value_metadata(_named(rest=result.rest))
    return rows


def _groups(schema: pa.Schema, result: Pages) -> Iterator[pa.Table]:
    """Gather pages into tables of bounded size, one a row group."""
    gathered: list[pa.RecordBatch] = []
    rows = size = 0
    for page in result:
        gathered.append(_batch(schema, result.columns, page))
        rows += gathered[-1].num_rows
        size += gathered[-1].nbytes
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
            yield pa.Table.from_batches(gathered)
            gathered, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(gathered)


def _batch(schema: pa.Schema, columns: Sequence[Column], page: Page) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [_array(column, kept) for column, kept in zip(columns, page, strict=True)], schema=schema
    )


def _array(column: Column, kept: Cells) -> pa.Array:
    sent = pa.array(kept, SENT_AS.get(column.kind, _type(column)))
    return sent.cast(_type(column))


def _type(column: Column) -> pa.DataType:
    return TYPES.get(column.kind, pa.string())


def _named(**metadata: bytes) -> dict[str, bytes]:
    return {PREFIX + name: value for name, value in metadata.items()}


class Kept:
    """A stored result, read batch by batch; `told` is called with the rows handed out so far."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None] = lambda _: None) -> None:
        self._told = told
        with _sound():
            self._read(file)

    def _read(self, file: IO[bytes]) -> None:
        """Read what the file says of itself."""
        self._file = pq.ParquetFile(file, pre_buffer=False)
        found = self._file.metadata.metadata or {}
        self.metadata = {name: found[name] for name in found if name.startswith(MARK)}
        self.rest = found[f"{PREFIX}rest".encode()]
        self.columns = document.columns_of(found[f"{PREFIX}columns".encode()])
        self.zone: str = orjson.loads(found[f"{PREFIX}timezone".encode()])
        self.rows: int = self._file.metadata.num_rows
        self.schema: pa.Schema = self._file.schema_arrow

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as Arrow has them."""
        rows = 0
        found = self._file.iter_batches(ROWS_AT_ONCE, use_threads=False)
        while (batch := _next(found)) is not None:
            yield batch
            rows += batch.num_rows
            self._told(rows)

    def pages(self) -> Iterator[Page]:
        """Yield the rows as kept cells, except that decimals are text."""
        for batch in self.batches():
            with _sound():
                page = [
                    _cells(column, array)
                    for column, array in zip(self.columns, batch.columns, strict=True)
                ]
            yield page


def _next(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    with _sound():
        return next(batches, None)


@contextmanager
def _sound() -> Iterator[None]:
    """Raise `Gone` for a file that is not what was written: there is nothing to wait for.

    Arrow says by a bare OSError what it cannot decode; one of a store has a number or a cause.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, OSError) and (error.errno is not None or error.__cause__):
            raise
        logger.exception("a stored result is damaged")
        raise Gone("The stored result is damaged; ask for the report again.") from error


def _cells(column: Column, array: pa.Array) -> list[Any]:
    if column.kind == "decimal":
        array = decimal_text(array)
    elif column.kind in SENT_AS:
        array = array.cast(SENT_AS[column.kind])
    found: list[Any] = array.to_pylist()
    return found


def decimal_text(array: pa.Array) -> pa.Array:
    """Return decimals as the digits they need."""
    text = array.cast(pa.string())
    return pa.compute.utf8_rtrim(pa.compute.utf8_rtrim(text, "0"), ".")
