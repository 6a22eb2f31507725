"""A result of millions of rows in every format: how long it takes, and how much memory.

Each format is made by a fresh process and streamed by another; memory is the highest the system
saw (`VmHWM`) above what the process had in use with its libraries loaded.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from reports import parquet
from reports.formats import FORMATS, STORED
from reports.stores.folder import Folder
from tests.benchmarks.analysis import memory
from tests.benchmarks.figures import Figure, say, show
from warehouse.planner.plan import Column

ROWS = 5_000_000
SHEET_ROWS = 1_000_000
PAGE = 10_000
AIM = 150.0
MEGABYTE = 1_000_000
COLUMNS = (
    Column("event_time", "time", "dimension"),
    Column("path", "string", "dimension"),
    Column("source", "string", "dimension"),
    Column("events", "integer", "metric"),
    Column("revenue", "decimal", "metric"),
    Column("conversion_rate", "number", "metric"),
)
BEGIN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def run():
    """Print and return the memory of making and of streaming every format."""
    say(f"Formats of a result of {ROWS:,} rows and {len(COLUMNS)} columns (xlsx: {SHEET_ROWS:,})")
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for name in (STORED, *(each for each in FORMATS if each != STORED)):
            rows = SHEET_ROWS if name == "xlsx" else ROWS
            source = f"{rows}.parquet"
            if not (Path(folder) / source).exists() and name != STORED:
                _child("make", STORED, folder, rows, source)
            target = source if name == STORED else f"made.{name}"
            made = _child("make", name, folder, rows, target)
            sent = _child("send", name, folder, rows, target)
            figures += _figures(name, made, sent)
            if name != STORED:
                (Path(folder) / target).unlink()
    return figures


def _figures(name, made, sent):
    size = made["bytes"] / MEGABYTE
    say(
        f"  {name:<8} {size:8,.0f} MB made in {made['seconds']:6.1f} s"
        f" ({size / made['seconds']:6,.1f} MB/s), streamed in {sent['seconds']:5.2f} s"
    )
    found = [
        Figure(f"{name}: memory above idle, making", made["memory"], "MB", AIM),
        Figure(f"{name}: memory above idle, streaming", sent["memory"], "MB", AIM),
    ]
    for figure in found:
        show(figure)
    return found


def _child(*words):
    argv = [sys.executable, "-m", "tests.benchmarks.exports", *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class Rows:
    """The result, made up page by page."""

    columns, zone, granularity = COLUMNS, "Europe/Berlin", None
    rest = b'{"totals":null,"comparison":null,"meta":{}}'

    def __init__(self, rows):
        self._rows = rows

    def __iter__(self):
        for at in range(0, self._rows, PAGE):
            numbers = range(at, min(at + PAGE, self._rows))
            yield [
                [BEGIN + number * 1_234_567 for number in numbers],
                [
                    f"/products/{number * 7919 % 100_003}/reviews?page={number}"
                    for number in numbers
                ],
                [f"source-{number % 40}" for number in numbers],
                [number % 1000 for number in numbers],
                [Decimal(number % 100_000) / 100 for number in numbers],
                [round(number % 997 / 997, 4) for number in numbers],
            ]


def _make(name, store, rows, target):
    with store.draft(target) as draft:
        if name == STORED:
            parquet.write(draft.file, Rows(rows))
        else:
            with store.reader(f"{rows}.parquet") as source:
                FORMATS[name].write(parquet.Kept(source), draft.file)
    return draft.bytes


def _send(store, target):
    size = (Path(store.location) / target).stat().st_size
    return sum(len(chunk) for chunk in store.stream(target, 0, size))


def _measure(what, name, folder, rows, target):
    store = Folder(location=folder)
    if name != STORED:
        _ = FORMATS[name].write  # loads its library
    idle = memory.now()
    memory.forget()
    began = time.perf_counter()
    size = _make(name, store, int(rows), target) if what == "make" else _send(store, target)
    seconds = time.perf_counter() - began
    return {"bytes": size, "seconds": seconds, "memory": memory.highest() - idle}


if __name__ == "__main__":
    settings.configure()  # the store asks for it; nothing else is used
    sys.stdout.write(json.dumps(_measure(*sys.argv[1:])))
