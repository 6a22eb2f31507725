"""The running processes: kept alive with back-off, watched, stopped stage by stage."""

import subprocess
import sys
import time
from pathlib import Path

from warehouse.env import BASE
from warehouse.supervisor.child import Child
from warehouse.supervisor.console import Console
from warehouse.supervisor.output import Output
from warehouse.supervisor.programs import Program

TURN_SECONDS = 0.2
FIRST_DELAY, LONGEST_DELAY = 0.2, 5.0
# What has lived for longer has started well, and is not kept waiting when it dies.
STEADY_SECONDS = 5
# `make` passes a signal on that its whole group has already got.
ECHO_SECONDS = 1.0


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


class Crew:
    """All processes of one supervisor, handled by one thread that never blocks for long."""

    def __init__(self, run_folder: Path, lock: int, console: Console) -> None:
        self._run_folder = run_folder
        self._lock = lock
        self._console = console
        self._output = Output(console)
        self._children: dict[str, Child] = {}
        self._due: dict[str, tuple[float, Program]] = {}
        self._failures: dict[str, int] = {}
        self._guard = self._start_guard()
        self._asked: float | None = None
        self._hurried = False

    def ask_to_stop(self, number: int, frame: object) -> None:
        """Handle a signal: the first asks to stop; another, not the echo of it, means now."""
        if self._asked is None:
            self._asked = time.monotonic()
        elif time.monotonic() - self._asked > ECHO_SECONDS:
            self._hurried = True

    def start(self, program: Program) -> None:
        """Start a program and keep it alive from now on."""
        child = self._children[program.name] = Child(program, self._run_folder)
        if child.process.stdout:
            self._output.add(program.name, child.process.stdout)

    def step(self, program: Program) -> bool:
        """Run a program to its end, looking after the others meanwhile; say if it succeeded."""
        child = Child(program, self._run_folder)
        if child.process.stdout:
            self._output.add(program.name, child.process.stdout)
        try:
            while not child.ended():
                self.turn()
        except Stopped:
            self._stop([child])
            raise
        self._output.drain()
        return child.process.returncode == 0

    def turn(self, seconds: float = TURN_SECONDS) -> None:
        """Print output for a moment and restart what ended; raises `Stopped` when asked to."""
        if self._asked is not None or self._console.lost:
            raise Stopped
        self._output.pump(seconds)
        if self._guard.poll() is not None:
            self._guard = self._start_guard()
        for name, child in list(self._children.items()):
            if child.ended():
                self._plan_restart(name, child)
        for name, (due, program) in list(self._due.items()):
            if time.monotonic() >= due:
                del self._due[name]
                self.start(program)

    def wait(self, seconds: float) -> None:
        """Look after everything for `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.turn()

    def age_seconds(self, name: str) -> float:
        """Return how long the named program has been running; 0 when it is not."""
        child = self._children.get(name)
        return child.age_seconds if child else 0.0

    def replace(self, name: str) -> None:
        """Kill a program that does not do its work any more; it is then started again."""
        if child := self._children.get(name):
            child.kill()

    def stop_all(self) -> None:
        """Stop everything, the doors first and Redis last, and the guard in the end."""
        self._due.clear()
        for stage in sorted({child.program.stage for child in self._children.values()})[::-1]:
            self._stop([c for c in self._children.values() if c.program.stage == stage])
        self._output.drain()
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard.wait()

    def _stop(self, children: list[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        while alive := [child for child in children if not child.ended()]:
            self._output.pump(TURN_SECONDS / 4)
            for child in alive:
                if child.overdue() or self._hurried:
                    self._console.say(f"{child.program.name} did not stop in time: killed")
                    child.kill()

    def _plan_restart(self, name: str, child: Child) -> None:
        del self._children[name]
        failures = 0 if child.age_seconds > STEADY_SECONDS else self._failures.get(name, 0)
        self._failures[name] = failures + 1
        delay = min(FIRST_DELAY * 2**failures, LONGEST_DELAY)
        self._due[name] = (time.monotonic() + delay, child.program)
        self._console.say(f"{name} ended ({child.reason()}); starting it again in {delay:g} s")

    def _start_guard(self) -> subprocess.Popen[bytes]:
        argv = (sys.executable, "-m", "warehouse.supervisor.guard")
        return subprocess.Popen(  # noqa: S603 (our own module)
            (*argv, str(self._run_folder), str(self._lock)),
            cwd=BASE,
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(self._lock,),
        )
