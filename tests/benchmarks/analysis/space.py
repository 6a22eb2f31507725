"""What a stored event takes on disk, by column, against the line its sender posted."""

import random

import orjson

from tests.benchmarks.figures import Figure, Ratio, say, show
from tests.engine import everybody
from warehouse.sql.statement import Statement

SAMPLE = 50_000
AIM = 10.0
SHOWN = 14
BY_COLUMN = Statement(
    "SELECT column, sum(column_data_compressed_bytes) AS size,"
    " sum(column_data_uncompressed_bytes) FROM system.parts_columns"
    " WHERE active AND database = 'trellis' AND table = 'analytics_events'"
    " GROUP BY column ORDER BY size DESC"
)
BY_TABLE = Statement(
    "SELECT table, sum(rows), sum(bytes_on_disk) AS size FROM system.parts"
    " WHERE active AND database = 'trellis' AND table != 'schema_migrations'"
    " GROUP BY table ORDER BY size DESC"
)
SENT = (
    "SELECT event_id, event_name, event_time, visitor_id, session_id, url, referrer,"
    " toString(conversion_value) AS conversion_value, currency, browser, os"
    " FROM trellis.analytics_events WHERE event_date = '2026-03-10'"
    " ORDER BY cityHash64(event_id) LIMIT {most:UInt64}"
)
AGENT = {
    "Windows": "Windows NT 10.0; Win64; x64",
    "macOS": "Macintosh; Intel Mac OS X 10_15_7",
    "Linux": "X11; Linux x86_64",
    "iOS": "iPhone; CPU iPhone OS 18_5 like Mac OS X",
    "Android": "Linux; Android 10; K",
}


def run(clickhouse):
    """Print what each column and table takes, and return the ratio to what was sent."""
    tables = clickhouse.run(BY_TABLE, tag="space").rows
    sizes = {name: (rows, size) for name, rows, size in tables}
    rows, size = sizes["analytics_events"]
    say(f"Space: {rows:,} events, {size / rows:.1f} bytes each on disk, all columns and marks")
    properties = _columns(clickhouse, rows)
    for name, (count, taken) in sizes.items():
        if name != "analytics_events":
            say(f"  {name}: {count:,} rows, {taken / rows:.2f} bytes an event")
    line, with_agent = _lines(clickhouse)
    stored = size / rows - properties
    say(f"  a sender's line without properties: {line:.0f} bytes, {with_agent:.0f} with its agent")
    ratio = Ratio("sender's NDJSON / stored, no properties", with_agent, stored, "bytes", AIM)
    bare = Ratio("the same without agent and address", line, stored, "bytes", None)
    every = Figure("bytes an event on disk", size / rows, "bytes", None)
    for found in (ratio, bare, every):
        show(found)
    return [ratio, bare, every]


def _columns(clickhouse, rows):
    """Print the dearest columns; returns the bytes an event's properties take."""
    found = clickhouse.run(BY_COLUMN, tag="space").rows
    for name, size, plain in found[:SHOWN]:
        say(f"  {name:<20} {size / rows:6.2f} bytes, {plain / rows:6.1f} uncompressed")
    rest = sum(size for _, size, _ in found[SHOWN:])
    say(f"  {len(found) - SHOWN} others{'':<12} {rest / rows:6.2f} bytes")
    return next((size / rows for name, size, _ in found if name == "properties"), 0.0)


def _lines(clickhouse):
    """Return the mean length of the lines senders posted, without and with agent and address."""
    result = everybody(clickhouse, SENT, most=SAMPLE)
    chance = random.Random(1)
    plain = agents = 0
    for row in result.result_rows:
        event = dict(zip(result.column_names, row, strict=True))
        browser, system = event.pop("browser"), event.pop("os")
        event["event_time"] = event["event_time"].isoformat(timespec="milliseconds")
        said = {name: value for name, value in event.items() if value not in {"", "0"}}
        plain += len(orjson.dumps(said)) + 1
        said["user_agent"] = (
            f"Mozilla/5.0 ({AGENT[system]}) AppleWebKit/537.36 (KHTML, like Gecko)"
            f" {browser}/142.0.0.0 Safari/537.36"
        )
        said["ip"] = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
        agents += len(orjson.dumps(said)) + 1
    return plain / len(result.result_rows), agents / len(result.result_rows)
