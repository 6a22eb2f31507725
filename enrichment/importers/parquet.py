"""Parquet files; columns that are no field of an event become properties."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from enrichment.importers.rows import Row, event_of

ROWS_AT_ONCE = 5_000


def read(file: IO[bytes]) -> Iterator[Row]:
    """Yield a row for each record; raises ValueError for a file that is not Parquet."""
    try:
        source = pq.ParquetFile(file)
    except pa.ArrowException as error:
        raise ValueError(f"not a Parquet file: {error}") from error
    line = 0
    for batch in source.iter_batches(batch_size=ROWS_AT_ONCE):
        for record in batch.to_pylist():
            line += 1
            yield _row(line, record)


def _row(line: int, record: dict[str, Any]) -> Row:
    try:
        cells = {name: _plain(value) for name, value in record.items()}
        given = cells.pop("properties", None)
        event = event_of(cells)
    except ValueError as error:
        return Row(line, None, record, str(error))
    if given:
        pairs = given if isinstance(given, dict) else dict(given)
        event["properties"] = {**event.get("properties", {}), **pairs}
    return Row(line, event, record)


def _plain(value: Any) -> Any:
    """Return a value as JSON would bring it; a time without a zone is UTC."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value
