"""Writes rows as they come from the event store to a Parquet file, in bounded memory."""

from collections.abc import Iterable
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 50_000


class Sink(Protocol):
    """What is written to: a file, or what counts and hashes on the way to one."""

    def write(self, data: Any, /) -> int:
        """Take bytes."""


def write(file: Sink, columns: pa.Schema, blocks: Iterable[list[tuple[Any, ...]]]) -> int:
    """Write rows with these columns, maps as dicts; returns how many there were."""
    rows = 0
    sink = pa.PythonFile(file, mode="w")
    with pq.ParquetWriter(sink, columns, compression="zstd") as writer:
        for block in blocks:
            for start in range(0, len(block), GROUP_ROWS):
                table = _table(columns, block[start : start + GROUP_ROWS])
                writer.write_table(table)
                rows += table.num_rows
    return rows


def _table(columns: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    found = zip(columns, zip(*rows, strict=True), strict=True)
    return pa.table([_array(kind, values) for kind, values in found], schema=columns)


def _array(kind: pa.Field, values: tuple[Any, ...]) -> pa.Array:
    if pa.types.is_map(kind.type):
        return pa.array([list(value.items()) for value in values], kind.type)
    return pa.array(values, kind.type)
