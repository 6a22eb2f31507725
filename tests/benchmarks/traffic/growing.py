"""Makes the set as large as asked, layer by layer; what is there stays, so a set can grow.

Written pieces are noted beside the events, and a piece that was written but not noted is
written again under its token, which the engine counts once: it may be stopped at any time.
"""

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass

from tests.benchmarks.traffic import parameters, statement
from tests.benchmarks.traffic.crew import each
from tests.benchmarks.traffic.pieces import EVENTS_A_SESSION, pieces
from warehouse.sql.statement import Statement

SIZES = (1_000_000, 2_000_000, 5_000_000, 20_000_000, 100_000_000, 300_000_000, 1_000_000_000)
EVENTS_A_VISITOR = 20
# Up to this size of a layer merges wait for its end, so that writing and merging are timed apart.
HELD_ROWS = 20_000_000
SPARE_BYTES = 10 * 1024**3
TABLE = "trellis.analytics_events"
SCHEMA = (
    "CREATE DATABASE IF NOT EXISTS traffic",
    "CREATE TABLE IF NOT EXISTS traffic.layers (layer UInt32, rows UInt64, days UInt32,"
    " organizations UInt32, seed UInt64) ENGINE = MergeTree ORDER BY layer",
    "CREATE TABLE IF NOT EXISTS traffic.pieces (layer UInt32, name String, seconds Float64)"
    " ENGINE = MergeTree ORDER BY name",
)
LAYERS = Statement(
    "SELECT rows, days, organizations, seed FROM traffic.layers ORDER BY layer LIMIT 1 BY layer"
)
DONE = Statement("SELECT DISTINCT name FROM traffic.pieces")
NOTE_LAYER = (
    "INSERT INTO traffic.layers VALUES ({layer:UInt32}, {rows:UInt64}, {days:UInt32},"
    " {organizations:UInt32}, {seed:UInt64})"
)
NOTE_PIECE = "INSERT INTO traffic.pieces VALUES ({layer:UInt32}, {name:String}, {seconds:Float64})"
STORED = Statement(
    "SELECT sum(rows) FROM system.parts"
    " WHERE active AND database = 'trellis' AND table = 'analytics_events'"
)


class Full(Exception):
    """The disk would have too little left."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One more pass over the days, of about `rows` events."""

    rows: int
    days: int
    organizations: int
    seed: int


@dataclass(frozen=True, slots=True)
class Growth:
    """What one layer took: rows written, seconds, and those of processors; 0 where it was there."""

    total: int
    rows: int
    seconds: float
    processor: float


class Growing:
    """A set of events in `folder`, within the engine that holds it."""

    def __init__(self, clickhouse, folder, *, days=92, organizations=20, seed=1):
        self._clickhouse = clickhouse
        self._folder = folder
        self._wanted = (days, organizations, seed)
        for text in SCHEMA:
            clickhouse.command(Statement(text))

    def layers(self, rows):
        """Return the layers of a set of `rows`: of those there are, then steps up to that size."""
        taken, total = list[Layer](), 0
        for row in self._ask(LAYERS):
            if total >= rows:
                return taken
            taken.append(Layer(*row))
            total += taken[-1].rows
        for size in (*(size for size in SIZES if size < rows), rows):
            if size > total:
                taken.append(Layer(size - total, *self._wanted))
                total = size
        return taken

    def grow(self, rows):
        """Write what is missing of `rows`; yields each layer's growth. Raises `Full`."""
        known = len(self._ask(LAYERS))
        total = 0
        for number, layer in enumerate(self.layers(rows)):
            total += layer.rows
            if number >= known:
                self._clickhouse.command(Statement(NOTE_LAYER, _values(number, layer)))
            before, began, used = self.stored(), time.perf_counter(), time.process_time()
            with self._held(layer):
                self._write(number, layer, total)
            seconds, processor = time.perf_counter() - began, time.process_time() - used
            yield Growth(total, self.stored() - before, seconds, processor)

    def stored(self):
        """Return how many events there are."""
        return self._ask(STORED)[0][0]

    def write(self, table, layer, number, most):
        """Write a layer's first pieces, about `most` rows, into another table; returns how many."""
        taken, total = [], 0
        for piece in pieces(number, layer.rows, layer.days, layer.seed):
            if total >= most:
                break
            taken.append(piece)
            total += round(piece.count * EVENTS_A_SESSION)
        each(taken, lambda piece: self._insert(table, piece, layer, layer.rows))
        return total

    def _write(self, number, layer, total):
        done = {name for (name,) in self._ask(DONE)}
        every = pieces(number, layer.rows, layer.days, layer.seed)

        def insert(piece):
            self._check_disk()
            began = time.perf_counter()
            self._insert(TABLE, piece, layer, total)
            values = {"layer": number, "name": piece.name}
            values |= {"seconds": time.perf_counter() - began}
            self._clickhouse.command(Statement(NOTE_PIECE, values))

        each((piece for piece in every if piece.name not in done), insert)

    @contextmanager
    def _held(self, layer):
        if layer.rows <= HELD_ROWS:
            self._clickhouse.command(Statement(f"SYSTEM STOP MERGES {TABLE}"))
        try:
            yield
        finally:
            self._clickhouse.command(Statement(f"SYSTEM START MERGES {TABLE}"))

    def _insert(self, table, piece, layer, total):
        values = parameters.of_piece(piece, layer.organizations, total / EVENTS_A_VISITOR)
        self._clickhouse.command(statement.piece(table, values))

    def _check_disk(self):
        free = shutil.disk_usage(self._folder).free
        if free < SPARE_BYTES:
            raise Full(f"{free / 1024**3:.1f} GB are free, {SPARE_BYTES // 1024**3} stay free")

    def _ask(self, question):
        return self._clickhouse.run(question, tag="traffic", timeout_seconds=600).rows


def _values(number, layer):
    return {
        "layer": number,
        "rows": layer.rows,
        "days": layer.days,
        "organizations": layer.organizations,
        "seed": layer.seed,
    }
