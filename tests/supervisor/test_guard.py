"""Whatever happens to a supervisor, its processes do not outlive it for long."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.supervisor.test_crew import alive
from warehouse.env import BASE
from warehouse.supervisor import lock, pidfiles

SUPERVISOR = """
import sys
from pathlib import Path
from tests.supervisor.conftest import script
from warehouse.supervisor import lock
from warehouse.supervisor.console import Console
from warehouse.supervisor.crew import Crew

folder = Path(sys.argv[1])
crew = Crew(folder / "run", lock.take(folder), Console())
print(crew._guard.pid)
for name in ("web", "worker"):
    crew.start(script(name, "import os, time; print(os.getpid()); time.sleep(600)"))
while True:
    crew.turn()
"""


@pytest.fixture
def supervisor(tmp_path):
    """A supervisor with two programs, in a process of its own."""
    command = (sys.executable, "-u", "-c", SUPERVISOR, str(tmp_path))
    with subprocess.Popen(command, cwd=BASE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()
    pidfiles.sweep(tmp_path / "run")


def numbers(process):
    """Return the process numbers of its guard and of its two programs, as they were printed."""
    guard, *children = (int(process.stdout.readline().split()[-1]) for _ in range(3))
    return guard, children


def wait_for(condition):
    """Wait until `condition` holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def test_programs_end_with_a_supervisor_that_was_killed(supervisor):
    _, children = numbers(supervisor)
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(map(alive, children)))


def test_the_next_supervisor_waits_for_the_cleaning_and_starts(supervisor, tmp_path):
    _, children = numbers(supervisor)
    supervisor.kill()
    supervisor.wait()
    held = lock.take(tmp_path)
    assert not any(map(alive, children))
    os.close(held)


def test_left_over_programs_are_stopped_when_even_the_guard_was_killed(supervisor, tmp_path):
    guard, children = numbers(supervisor)
    supervisor.send_signal(signal.SIGSTOP)
    os.kill(guard, signal.SIGKILL)
    supervisor.kill()
    supervisor.wait()
    assert all(map(alive, children))
    assert sorted(pidfiles.sweep(tmp_path / "run")) == ["web", "worker"]
    assert not any(map(alive, children))


def test_a_sweep_leaves_strangers_alone(tmp_path):
    stranger = subprocess.Popen((sys.executable, "-c", "import time; time.sleep(600)"))
    with pidfiles.held(tmp_path, 2, "web") as descriptor:
        pidfiles.sign(descriptor, stranger.pid)
    assert pidfiles.sweep(tmp_path) == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
