"""The whole product, started by its own command in a folder and on ports of its own.

A `Stack` knows what a user knows (addresses, output, a token) and which process is which, so that
a test may kill one. It is used by the live tests and by the benchmarks.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import redis

from tests.live import processes

BASE = Path(__file__).resolve().parents[2]
MARKS = {
    "web": ("granian", "warehouse.wsgi"),
    "ws": ("uvicorn", "warehouse.asgi"),
    # The word alone stands in the command of beat, too.
    "worker": ("celery", " worker -P "),
    "beat": ("celery", " beat"),
    "redis": ("valkey-server",),
}
QUICK = {
    "TRELLIS_LEASE_SECONDS": "3",
    "TRELLIS_RECONCILE_MS": "500",
}


def until(check, *, seconds=30.0, every=0.05, what="it"):
    """Return the first true answer of `check()`; fail when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(every)


def free_ports(count):
    """Return `count` different TCP ports nobody listens on."""
    with contextlib.ExitStack() as probes:
        opened = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in opened:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in opened]


class Stack:
    """One running installation; `stop` ends it and checks that nothing stays behind."""

    process: subprocess.Popen[str]
    _reader: threading.Thread

    def __init__(self, settings=None, *, var=None):
        self._made = var is None
        self.var = Path(var or tempfile.mkdtemp(prefix="trellis-live-"))
        self.port, self.ws_port, self.redis_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.ws_port}/ws/v1/"
        self.redis_url = f"redis://127.0.0.1:{self.redis_port}"
        self._settings = QUICK | dict(settings or {})
        self._lines: list[str] = []
        self._seen: dict[int, processes.Process] = {}
        self._launched = False

    def environment(self):
        """Return the variables the product is started with: nothing leaks in from the tests."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TRELLIS_", "DJANGO_", "PYTEST_"))
        }
        return kept | {
            "TRELLIS_VAR": str(self.var),
            "PORT": str(self.port),
            "WS_PORT": str(self.ws_port),
            "TRELLIS_REDIS_PORT": str(self.redis_port),
            **self._settings,
        }

    def launch(self):
        """Start the supervisor without waiting for anything."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "warehouse.supervisor", "--no-demo"],
            cwd=BASE,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._collect, args=(self.process.stdout,))
        self._reader.start()
        self._launched = True
        return self

    def start(self, seconds=120):
        """Start everything and wait until it says that it is ready."""
        self.launch()
        until(self._is_ready, seconds=seconds, every=0.2, what=f"readiness of {self.var}")
        return self

    @property
    def output(self):
        """All that the supervisor and its children have written so far."""
        return "".join(self._lines)

    def ready(self):
        """Return whether `/readyz` answers 200 now."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def pid(self, name):
        """Return the pid of the process the supervisor started under `name`, or None."""
        found = self.family(name)
        return found[0] if found else None

    def family(self, name):
        """Return the pids that belong to `name`, the supervisor's own child first."""
        marks = MARKS[name]
        below = self._remember()
        return [p.pid for p in below if all(mark in p.command for mark in marks)]

    def kill9(self, name):
        """Kill the supervisor's child `name` with SIGKILL and return the pid it had."""
        pid = until(lambda: self.pid(name), what=f"a running {name}")
        os.kill(pid, signal.SIGKILL)
        until(lambda: pid not in processes.alive(), what=f"the death of {name}")
        return pid

    def freeze(self, name, seconds):
        """Stop the process `name` where it stands, and let it go on after `seconds`."""
        family = self.family(name)
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            for pid in family:
                os.kill(pid, signal.SIGCONT)

    def replaced(self, name, pid):
        """Wait until another process has taken the place of `pid` and the stack is ready."""
        until(lambda: self.pid(name) not in (None, pid), seconds=60, what=f"a new {name}")
        until(self.ready, seconds=60, every=0.2, what="readiness after a kill")

    def flushall(self):
        """Empty Redis: broker, cache and channels alike."""
        with redis.Redis.from_url(self.redis_url, socket_timeout=5) as server:
            server.flushall()

    def relational(self, question):
        """Return the rows of a question to the relational database, read from beside."""
        address = f"file:{self.var}/trellis.sqlite3?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
            return database.execute(question).fetchall()

    def manage(self, *arguments, seconds=120):
        """Run a management command beside the running stack and return its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def organization(self, slug, *scopes):
        """Create an organization and return a token of it, with `scopes` or all of them."""
        self.manage("create_organization", slug)
        return self.key(slug, *scopes)

    def key(self, slug, *scopes):
        """Return a new token of the organization `slug`."""
        named = [word for scope in scopes for word in ("--scope", scope)]
        return self.manage("create_api_key", slug, "--name", "live", *named).strip()

    def interrupt(self):
        """Press Ctrl-C: the terminal sends SIGINT to the whole foreground group."""
        self._remember()
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, seconds=45):
        """Wait for the supervisor's end and return its exit status."""
        status = self.process.wait(timeout=seconds)
        self._reader.join(timeout=10)
        return status

    def leftovers(self):
        """Return the processes of this stack that still live though the supervisor is gone."""
        now = processes.alive()
        same = [p for p in self._seen.values() if now.get(p.pid) and now[p.pid] == _orphan(p, now)]
        mine = [p for p in now.values() if self._is_mine(p.pid)]
        return sorted({*same, *mine}, key=_by_pid)

    def stop(self):
        """Press Ctrl-C and check that all it started has gone; removes the folder it made."""
        try:
            if self.process.poll() is None:
                self.interrupt()
            self.wait()
            until(lambda: not self.leftovers(), seconds=5, what="the end of every process")
        finally:
            self.destroy()

    def destroy(self):
        """End whatever is left of this stack, by force, and remove its folder."""
        if self._launched and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for process in self.leftovers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        if self._launched:
            self._reader.join(timeout=10)
        if self._made:
            shutil.rmtree(self.var, ignore_errors=True)

    def printed(self, pattern):
        """Return the first group of `pattern` in the output, waiting for it to be printed."""
        found = until(lambda: re.search(pattern, self.output), what=f"output like {pattern!r}")
        return found[1]

    def _collect(self, stream):
        with stream:
            for line in stream:
                self._lines.append(line)

    def _is_ready(self):
        self._remember()
        if self.process.poll() is not None:
            self._reader.join(timeout=10)
            raise AssertionError(f"the supervisor ended:\n{self.output}")
        return "is ready" in self.output and self.ready()

    def _remember(self):
        below = processes.descendants(self.process.pid)
        self._seen.update({process.pid: process for process in below})
        return below

    def _is_mine(self, pid):
        """Tell by its environment, where the system shows it, whether a process is ours."""
        if pid == os.getpid():
            return False
        try:
            variables = (processes.PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            return False
        # The port tells two stacks apart that were given the same folder.
        return {f"TRELLIS_VAR={self.var}".encode(), f"PORT={self.port}".encode()} <= set(variables)


@contextlib.contextmanager
def started():
    """Run the product with no settings but its own; leaving in peace checks its orderly end."""
    running = Stack()
    try:
        running.start()
    except BaseException:
        running.destroy()
        raise
    yield running
    running.stop()


def _orphan(process, now):
    """Return `process` as it looks once its parent is gone, so that a reused pid is not it."""
    return processes.Process(process.pid, now[process.pid].parent, process.command)


def _by_pid(process):
    return process.pid
