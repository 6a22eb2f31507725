"""One process of the engine's benchmark: grows the set and measures, or streams, then ends.

One process at a time can hold the folder, and a memory that was never used is needed to measure it.
"""

import sys
from pathlib import Path

import orjson

from tests.benchmarks.analysis import place


def main(part, folder, found, rows):
    """Do one part in `folder` and write what it finds to the file `found`."""
    place.prepare(folder)
    from tests.benchmarks.analysis import parts  # noqa: PLC0415  needs Django to be set up

    clickhouse = place.opened(folder)
    try:
        ratios = parts.PARTS[part](clickhouse, folder, rows)
    finally:
        clickhouse.close()
    Path(found).write_bytes(orjson.dumps([[type(one).__name__, one] for one in ratios]))


if __name__ == "__main__":
    part, folder, found, rows = sys.argv[1:]
    main(part, folder, found, int(rows))
