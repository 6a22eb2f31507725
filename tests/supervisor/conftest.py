"""A crew over a folder of its own, and small programs for it to run."""

import io
import os
import sys
import time

import pytest

from warehouse.supervisor import lock
from warehouse.supervisor.console import Console
from warehouse.supervisor.crew import Crew
from warehouse.supervisor.programs import DOORS, Program


@pytest.fixture
def screen():
    """What the person at the terminal would see."""
    return io.StringIO()


@pytest.fixture
def crew(tmp_path, screen):
    """A crew that is stopped when the test ends."""
    held = lock.take(tmp_path)
    crew = Crew(tmp_path / "run", held, Console(screen))
    yield crew
    crew.stop_all()
    os.close(held)


def script(name, source, *, stage=DOORS, grace_seconds=5):
    """Return a program that runs `source` with Python."""
    return Program(name, (sys.executable, "-u", "-c", source), stage, grace_seconds)


def turn_until(crew, condition, seconds=20):
    """Let the crew work until `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        crew.turn(0.05)
