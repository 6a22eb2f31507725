"""Writes a day of an organization as a Parquet file for BigQuery, in bounded memory."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.schema.copied import COPIED
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import copying

GROUP_ROWS = 50_000
DAY_SECONDS = 1800.0


def write(file: Path, clickhouse: ClickHouse, owner: str, day: date, *, tag: str) -> None:
    """Write the events an organization has on a day (UTC)."""
    statement = copying.events(owner, day, COPIED.names)
    with (
        pq.ParquetWriter(file, COPIED, compression="zstd") as writer,
        clickhouse.stream(statement, tag=tag, timeout_seconds=DAY_SECONDS) as blocks,
    ):
        for block in blocks:
            for start in range(0, len(block), GROUP_ROWS):
                writer.write_table(_table(block[start : start + GROUP_ROWS]))


def _table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(values, one.type) for one, values in zip(COPIED, columns, strict=True)],
        schema=COPIED,
    )
