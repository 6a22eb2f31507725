"""The parts of the engine's benchmark, each run in a process of its own."""

from tests.benchmarks.analysis import (
    compiling,
    growth,
    histories,
    overhead,
    place,
    rollups,
    space,
    streaming,
)
from tests.benchmarks.asking import Asker, derive
from tests.benchmarks.figures import say
from tests.benchmarks.traffic.growing import Growing

LEAST_STUDIED = 2_000_000


def measure(clickhouse, folder, rows):
    """Grow the set and measure all that one process can."""
    asker = Asker(clickhouse, place.ORGANIZATION)
    found = growth.run(clickhouse, folder, asker, rows)
    say()
    place.record_days(clickhouse)
    found += overhead.run(place.address(folder), asker)
    say()
    found += rollups.run(asker)
    say()
    found += compiling.run(asker)
    say()
    return found + space.run(clickhouse)


def stream(clickhouse, folder, _):
    """Measure the memory of streaming."""
    return streaming.run(Asker(clickhouse, place.ORGANIZATION), folder)


def study(clickhouse, folder, rows):
    """Grow the set and measure the studies at each size from two million events on."""
    asker, growing, found = Asker(clickhouse, place.ORGANIZATION), Growing(clickhouse, folder), []
    for layer in growing.grow(rows):
        if layer.total < LEAST_STUDIED:
            continue
        place.settle(clickhouse)
        derive(clickhouse)
        place.record_days(clickhouse)
        found += histories.run(place.address(folder), asker, growing.stored())
    return found


PARTS = {"measure": measure, "stream": stream, "study": study}
