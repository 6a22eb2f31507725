"""The parts of the engine's benchmark, each run in a process of its own."""

from tests.benchmarks.analysis import (
    compiling,
    credit,
    growth,
    overhead,
    place,
    rollups,
    space,
    streaming,
)
from tests.benchmarks.asking import Asker
from tests.benchmarks.figures import say


def measure(clickhouse, folder, rows):
    """Grow the set and measure all that one process can."""
    asker = Asker(clickhouse, place.ORGANIZATION)
    found = growth.run(clickhouse, folder, asker, rows)
    say()
    place.record_days(clickhouse)
    found += overhead.run(place.address(folder), asker)
    say()
    found += credit.run(place.address(folder), asker)
    say()
    found += rollups.run(asker)
    say()
    found += compiling.run(asker)
    say()
    return found + space.run(clickhouse)


def stream(clickhouse, folder, _):
    """Measure the memory of streaming."""
    return streaming.run(Asker(clickhouse, place.ORGANIZATION), folder)


PARTS = {"measure": measure, "stream": stream}
