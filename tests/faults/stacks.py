"""The running product under faults: struck at exact points, a second worker, a shifted clock."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.faults.bars import LEASE_SECONDS
from tests.live import processes
from tests.live.stack import Stack, until
from warehouse.env import BASE, read
from warehouse.supervisor import programs

DISK = "8m"
POINTS = Path(__file__).parent / "points"
TAGGED = """
SELECT Settings['log_comment'] AS tag FROM system.processes WHERE tag LIKE 'job:%' FORMAT TSV
"""


class Struck(Stack):
    """One installation whose processes can be hit where and when a test wants."""

    def __init__(self, settings=None):
        self.points = Path(tempfile.mkdtemp(prefix="trellis-points-"))
        named = {
            "TRELLIS_LEASE_SECONDS": str(LEASE_SECONDS),
            "TRELLIS_RECONCILE_MS": "1000",
            "TRELLIS_JOBS_AT_ONCE": "6",
            "PYTHONPATH": str(POINTS),
            "FAULT_POINTS": str(self.points),
        }
        super().__init__(named | dict(settings or {}))

    def destroy(self):
        super().destroy()
        for file in self.points.iterdir():
            file.unlink()
        self.points.rmdir()

    def arm(self, point, name="SIGKILL"):
        """Have the first process that gets to `point` sent the signal `name`."""
        for old in self.points.glob("struck.*"):
            old.unlink()
        self._write("strike", f"{point} {name}")

    def struck(self, seconds=30):
        """Wait until the armed point was reached; return the pid of the process struck."""
        path = until(lambda: next(self.points.glob("struck.*"), None), seconds=seconds, what="hit")
        pid = int(path.suffix[1:])
        until(lambda: _halted(pid), what="the strike")
        return pid

    def disarm(self):
        """Take back what `arm` asked for."""
        (self.points / "strike").unlink(missing_ok=True)

    def shift(self, seconds):
        """Set the clock of every process off by `seconds`."""
        self._write("clock", str(seconds))

    def queries(self):
        """Return the tags of the jobs whose queries the engine runs now."""
        (self.points / "answer").unlink(missing_ok=True)
        (self.points / "ask").touch()
        until(lambda: (self.points / "answer").exists(), what="the worker's list of queries")
        return [tag for tag in json.loads((self.points / "answer").read_text()) if "job:" in tag]

    def rolled_up(self):
        """Return whether no day waits for its sessions and rollups to be counted."""
        return not self.relational("SELECT 1 FROM warehouse_day WHERE NOT rolled_up LIMIT 1")

    def newest_job(self):
        """Return the number of the newest job."""
        return self.relational("SELECT coalesce(max(id), 0) FROM reports_job")[0][0]

    def stored(self, after):
        """Return the names of the stored files of jobs after that one."""
        folder = self.var / "results"
        names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        return {str(name) for name in names if len(name.parts) == 3 and int(name.parts[1]) > after}

    def named(self, after):
        """Return the names of files that rows of the database give jobs after that one."""
        jobs = f"SELECT result_name FROM reports_job WHERE id > {after} AND result_name != ''"
        files = f"SELECT name FROM reports_resultfile WHERE job_id > {after}"
        return {name for question in (jobs, files) for (name,) in self.relational(question)}

    def _write(self, name, text):
        draft = self.points / f"{name}.new"
        draft.write_text(text)
        draft.rename(self.points / name)


class Store:
    """A result store on a small disk of its own."""

    def __init__(self, folder):
        self.folder = folder
        self._ballast = folder / "ballast"

    def mount(self):
        """Put the disk in place, or skip the test where that is not allowed."""
        self.folder.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can be mounted by root only")

    def unmount(self):
        """Take the disk away with all it holds."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def fill(self, leaving):
        """Fill the disk up, but for some bytes."""
        free = shutil.disk_usage(self.folder).free
        self._ballast.write_bytes(b"x" * max(0, free - leaving))

    def empty(self):
        """Give the room back."""
        self._ballast.unlink()


class Served(Struck):
    """An installation over a ClickHouse server behind a bad line, which two workers share."""

    def __init__(self, server, line):
        self.server = server
        super().__init__({"TRELLIS_CLICKHOUSE_URL": line.url})
        self.line = line

    def queries(self):
        answer = httpx.get(self.server.url, params={"query": TAGGED}, timeout=5)
        answer.raise_for_status()
        return answer.text.split()

    @contextmanager
    def second_worker(self):
        """Run another worker beside the supervisor's own, by the product's own command."""
        program = programs.worker(read(self.environment()))
        before = self._known()
        process = subprocess.Popen(
            program.argv,
            cwd=BASE,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: self._known() - before, what="the second worker's row")
            yield process.pid
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
            process.wait(30)

    def held_by(self, pid):
        """Return the numbers of the jobs that the worker with this pid runs."""
        mine = f"SELECT id FROM warehouse_worker WHERE name LIKE '%:{pid}'"
        running = f"SELECT id FROM reports_job WHERE state = 'running' AND owner IN ({mine})"
        return [number for (number,) in self.relational(running)]

    def taken_up(self, numbers):
        """Return whether the jobs have all begun a second attempt, or ended without one."""
        again = "(attempt > 1 OR state NOT IN ('queued', 'running'))"
        return self._of(numbers, f"min{again}") == 1

    def given_up(self, numbers):
        """Return whether no first attempt at the jobs is under way any more."""
        return self._of(numbers, "min(attempt > 1 OR state <> 'running')") == 1

    def deaths(self, numbers):
        """Return how many workers have died over the jobs."""
        return self._of(numbers, "sum(deaths)")

    def _of(self, numbers, what):
        among = ", ".join(map(str, numbers))
        return self.relational(f"SELECT {what} FROM reports_job WHERE id IN ({among})")[0][0]

    def _known(self):
        return {row for (row,) in self.relational("SELECT id FROM warehouse_worker")}


@contextmanager
def frozen(pid, seconds):
    """Hold a process where it stands while the block runs, and then until `seconds` are over."""
    began = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        time.sleep(max(0.0, began + seconds - time.monotonic()))
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _halted(pid):
    """Say whether the process is dead, or stopped by a signal."""
    if pid not in processes.alive():
        return True
    try:
        state = (processes.PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "TZX"
