"""Inserts rows into an embedded engine of its own with clickhouse-connect and nothing else.

Reads one JSON line a round from standard input and answers with the seconds the inserts took.
The Arrow tables are made beforehand: only the engine's work is measured.
"""

import json
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import clickhouse_connect
import pyarrow as pa

TABLE = """
CREATE TABLE events (
    organization_id String, event_id String, event_name LowCardinality(String), event_date Date,
    event_time DateTime64(3, 'UTC'), visitor_id String, session_id String, url String,
    referrer String, source LowCardinality(String), medium LowCardinality(String),
    properties Map(LowCardinality(String), String)
) ENGINE = MergeTree PARTITION BY toYYYYMM(event_date)
ORDER BY (organization_id, event_date, visitor_id, event_time)
"""
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("organization_id", "event_id", "event_name")),
        ("event_date", pa.date32()),
        ("event_time", pa.timestamp("ms", tz="UTC")),
        *((name, pa.string()) for name in ("visitor_id", "session_id", "url", "referrer")),
        *((name, pa.string()) for name in ("source", "medium")),
        ("properties", pa.map_(pa.string(), pa.string())),
    ]
)


def table(organization, events):
    """Return one batch as an Arrow table with the columns of `TABLE`."""
    rows = []
    for event in events:
        at = datetime.fromisoformat(event["event_time"])
        pairs = list(event["properties"].items())
        settled = {"organization_id": organization, "event_time": at, "event_date": at.date()}
        rows.append(event | settled | {"properties": pairs})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def serve(client):
    """Answer every line with the seconds its rows took."""
    for line in sys.stdin:
        order = json.loads(line)
        tables = [table(order["organization"], batch) for batch in order["batches"]]
        began = time.perf_counter()
        for rows in tables:
            client.insert_arrow("events", rows)
        sys.stdout.write(f"{time.perf_counter() - began}\n")
        sys.stdout.flush()


def main():
    """Open an engine in a folder that goes away again, and serve."""
    # Asked to stop early, it still takes its folder along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="trellis-bench-") as folder:
        client = clickhouse_connect.get_client(dsn=f"chdb://{Path(folder) / 'engine'}")
        client.command(TABLE)
        serve(client)
        client.close()


if __name__ == "__main__":
    main()
