"""An answer: whole, or in blocks of rows as the engine hands them on, in bounded memory."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from warehouse.sources.failures import told
from warehouse.sources.handles import Handle
from warehouse.sql.statement import Statement

LOOK_SECONDS = 0.5
SUMMARY = ("read_rows", "read_bytes", "total_rows_to_read")

Row = tuple[Any, ...]
Look = Callable[[], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: plain Python values, one tuple a row, with what it took to read them."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[Row]
    rows_read: int
    bytes_read: int
    elapsed_ms: float


class Blocks:
    """Iterates over lists of rows; what it took is known once the last block was given.

    `names` and `types` are empty for an answer without rows. What was read is exact for an embedded
    engine, and for a server that read everything before its first row. Of a scan that a server
    streams without a LIMIT the rows are the engine's own total, and the bytes follow from them;
    with one both are what it had read when last looked at.
    """

    def __init__(
        self, handle: Handle, stream: Any, *, began: float, limited: bool, look: Look
    ) -> None:
        self._handle, self._stream, self._look = handle, stream, look
        result = stream.source
        self.names: tuple[str, ...] = tuple(result.column_names)
        self.types: tuple[str, ...] = tuple(kind.name for kind in result.column_types)
        self.finished = False
        self.elapsed_ms = 0.0
        self._began = self._looked = began
        told_first = {name: int(result.summary.get(name, 0)) for name in SUMMARY}
        self.rows_read, self.bytes_read, total = told_first.values()
        self._total = 0 if limited else total

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[Row]:
        with told():
            block: list[Row] | None = next(self._stream, None)
        now = time.perf_counter()
        if block is None:
            self.finished = True
            self.elapsed_ms = round((now - self._began) * 1000, 3)
            self._close_account()
            raise StopIteration
        if not self._handle.address.embedded and now - self._looked > LOOK_SECONDS:
            self._looked = now
            self._keep(*self._look())
        return block

    def _close_account(self) -> None:
        seen = self._handle.progress
        self._keep(seen.get("read_rows", 0), seen.get("read_bytes", 0))
        if self._total > self.rows_read > 0:
            self.bytes_read = self.bytes_read * self._total // self.rows_read
            self.rows_read = self._total

    def _keep(self, rows: int, size: int) -> None:
        self.rows_read, self.bytes_read = max(self.rows_read, rows), max(self.bytes_read, size)


def whole(handle: Handle, statement: Statement, settings: dict[str, Any]) -> Rows:
    """Run a statement and return all of its answer."""
    began = time.perf_counter()
    with told():
        result = handle.client.query(
            statement.text, parameters=dict(statement.parameters), settings=settings
        )
        rows: Any = result.result_rows
    summary = result.summary
    return Rows(
        names=tuple(result.column_names),
        types=tuple(kind.name for kind in result.column_types),
        rows=rows,
        rows_read=int(summary.get("read_rows", 0)),
        bytes_read=int(summary.get("read_bytes", 0)),
        elapsed_ms=round((time.perf_counter() - began) * 1000, 3),
    )


@contextmanager
def blocks(
    handle: Handle, statement: Statement, settings: dict[str, Any], look: Look
) -> Iterator[Blocks]:
    """Start a statement; its first block has arrived, or its failure, when this returns."""
    began = time.perf_counter()
    limited = "LIMIT" in statement.text.upper()
    with told():
        stream = handle.client.query_row_block_stream(
            statement.text, parameters=dict(statement.parameters), settings=settings
        )
    with stream:
        found = Blocks(handle, stream, began=began, limited=limited, look=look)
        try:
            yield found
        finally:
            if not found.finished:
                handle.drop()
