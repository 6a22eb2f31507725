"""Kills or freezes a process of the product at an exact point, shifts its clock, shows its queries.

Python loads this by its name wherever the folder is on PYTHONPATH: the product knows nothing of it.
`FAULT_POINTS` names the folder in which a test asks and this module answers.
"""

import importlib.machinery
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from pathlib import Path

FOLDER = Path(os.environ["FAULT_POINTS"])
DATABASE = Path(os.environ["TRELLIS_VAR"]) / "trellis.sqlite3"
FREEZE = """
import os, pathlib, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
os.kill(int(sys.argv[2]), signal.SIGSTOP)
threads = pathlib.Path("/proc", sys.argv[2], "task")
while {path.read_text().rpartition(")")[2].split()[0] for path in threads.glob("*/stat")} != {"T"}:
    pass
database.execute("ROLLBACK")
"""


def reach(point):
    """Strike this process here if a test asks for that and no other process was first."""
    asked = FOLDER / "strike"
    try:
        wanted, name = asked.read_text().split()
        if wanted == point:
            asked.rename(FOLDER / f"struck.{os.getpid()}")
            halt(getattr(signal, name))
    except FileNotFoundError:
        return


def halt(number):
    """Send this process a signal; a freeze comes while it holds no lock that stops everybody.

    Nobody gets past a frozen writer of SQLite, which would hide how others take over its jobs. So
    another process freezes this one while it has the lock itself.
    """
    if number == signal.SIGSTOP:
        command = [sys.executable, "-I", "-c", FREEZE, str(DATABASE), str(os.getpid())]
        subprocess.run(command, check=True)
    else:
        os.kill(os.getpid(), number)


def results(module):
    """Points: half of a result is written; all of it, and no status yet."""
    original = module.write

    @wraps(original)
    def write(job, result):
        stored = original(job, Tripped(result))
        reach("stored")
        return stored

    module.write = write


class Tripped:
    """A computed result with a point after each of its pages."""

    def __init__(self, result):
        self._result = result

    def __getattr__(self, name):
        return getattr(self._result, name)

    def __iter__(self):
        for page in self._result:
            yield page
            reach("writing")


def journal(module):
    """Points: the status is changed but has no event; both are written but not committed."""
    original = module.record

    @wraps(original)
    def record(reports, type_, **more):
        final = type_ == "report.succeeded"
        reach("status" if final else "")
        original(reports, type_, **more)
        reach("event" if final else "")

    module.record = record


def events(module):
    """Points: a claim, or an end, is committed and not announced yet."""
    original = module.changed

    @wraps(original)
    def changed(organization_id, report_id, type_):
        reach({"report.started": "claimed", "report.succeeded": "committed"}.get(type_, ""))
        original(organization_id, report_id, type_)

    module.changed = changed


def clock(module):
    """Shift the clock by as many seconds as the test has written down."""
    original = module.now

    @wraps(original)
    def now():
        with suppress(FileNotFoundError):
            return original() + timedelta(seconds=float((FOLDER / "clock").read_text()))
        return original()

    module.now = now


def process(module):
    """Show what the engine inside a worker runs, to whoever asks: no other process may look."""
    original = module.start

    def show(started):
        while True:
            with suppress(FileNotFoundError):
                (FOLDER / "ask").unlink()
                answer = FOLDER / "answer.new"
                answer.write_text(json.dumps(sorted(started.clickhouse.running())))
                answer.rename(FOLDER / "answer")
            time.sleep(0.02)

    def start(started):
        original(started)
        threading.Thread(target=show, args=(started,), daemon=True).start()

    module.start = start


WRAPPED = {
    "reports.results": results,
    "reports.journal": journal,
    "reports.events": events,
    "warehouse.clock": clock,
    "warehouse.worker.process": process,
}


class Wrapping:
    """Finds the modules of `WRAPPED` as usual and wraps what they hold once they are loaded."""

    @staticmethod
    def find_spec(name, path, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name in WRAPPED else None
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                WRAPPED[name](module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, Wrapping)
