"""The query engine alone, on generated events: time, memory and space; see `analysis/`.

The folder is a temporary one unless it is named: a named one is kept, and grown when more rows
are asked for.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import orjson

from tests.benchmarks.figures import Figure, Ratio, say
from tests.live.stack import BASE

PARTS = ("measure", "stream")
KINDS = {"Figure": Figure, "Ratio": Ratio}


def run(rows, folder, parts=PARTS):
    """Print and return what the parts find, one process after the other."""
    kept = nullcontext(folder) if folder else tempfile.TemporaryDirectory(prefix="trellis-bench-")
    with kept as place:
        place = Path(place).resolve()
        place.mkdir(parents=True, exist_ok=True)
        found = []
        for part in parts:
            found += _part(part, place, rows)
            say()
        return found


def _part(part, folder, rows):
    """Run one part; what it found comes back through a file."""
    answer = folder / f"{part}.json"
    answer.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "tests.benchmarks.analysis", part, folder, answer, str(rows)]
    done = subprocess.run(argv, cwd=BASE, env=_environment(), check=False)
    if done.returncode or not answer.exists():
        raise SystemExit(f"The engine's benchmark failed at {part}; see above.")
    return [KINDS[kind](**values) for kind, values in orjson.loads(answer.read_bytes())]


def _environment():
    """Return our variables without the settings of anybody's installation."""
    mine = ("TRELLIS_", "DJANGO_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}
