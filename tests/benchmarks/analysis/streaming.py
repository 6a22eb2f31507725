"""The memory an answer of millions of rows takes while it is handed out to a file.

The engine's own memory for grouping that many rows is there whoever asks: it is measured by the
same question with a limit of one row.
"""

import time
from pathlib import Path

import orjson

from tests.benchmarks.analysis import memory
from tests.benchmarks.figures import Figure, say, show

ROWS = 5_000_000
AIM = 150.0
SPAN = {"start": "2026-01-01", "end": "2026-04-02"}
MEGABYTE = 1_000_000


def run(asker, folder):
    """Print and return the memory above idle, of handing out and of computing alone."""
    say(f"Streaming an answer of up to {ROWS:,} rows into a file")
    asker.answer(_body(1, {"start": "2026-03-01", "end": "2026-03-01"}))
    idle = memory.now()
    _, alone = _peak(lambda: asker.answer(_body(1, SPAN)))
    sink = Path(folder) / "answer.parquet"
    with sink.open("wb") as file:
        seconds, whole = _peak(lambda: asker.store(_body(ROWS, SPAN), file))
    size = sink.stat().st_size
    sink.unlink()
    say(f"  {size / MEGABYTE:,.0f} MB in {seconds:.1f} s, {size / MEGABYTE / seconds:,.0f} MB/s")
    figures = [
        Figure("streaming: memory above idle", whole - idle, "MB", AIM),
        Figure("of it, grouping the same rows for one", alone - idle, "MB", None),
    ]
    for figure in figures:
        show(figure)
    return figures


def _body(limit, span):
    """Return a question with one row an event."""
    asked = {"dimensions": ["event_id"], "metrics": ["events"], "include_bots": True}
    order = [{"field": "event_id", "direction": "asc"}]
    return orjson.dumps(asked | {"order_by": order, "limit": limit, "time_range": span})


def _peak(work):
    """Return the seconds of some work and the highest memory while it ran."""
    memory.forget()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began, memory.highest()
