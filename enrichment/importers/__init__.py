"""Readers of files of events, one module a format; each yields rows for the intake."""

from collections.abc import Mapping

from enrichment.importers import access_log, ndjson, parquet, separated
from enrichment.importers.rows import Reader

READERS: Mapping[str, Reader] = {
    "ndjson": ndjson.read,
    "csv": separated.read,
    "parquet": parquet.read,
    "access-log": access_log.read,
}

# Endings that tell the format, before those of compression.
ENDINGS: Mapping[str, str] = {
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
    ".csv": "csv", ".parquet": "parquet", ".log": "access-log",
}  # fmt: skip
