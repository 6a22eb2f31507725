"""A process killed between events and what follows from them leaves nothing wrong for good."""

import random
import signal
import subprocess
import sys
import time

import pytest

from tests.thorough import examples

INSERTING = "tests.warehouse.inserting"
BATCHES = 12


def run(path, *arguments):
    command = [sys.executable, "-m", INSERTING, str(path), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seed", range(examples(1, 10)))
def test_kills_at_any_moment_are_made_good_by_a_replay(tmp_path, seed):
    dice = random.Random(seed)
    kills = 0
    for _ in range(3):
        with run(tmp_path / "engine", "store") as process:
            for _ in range(dice.randrange(1, 2 + BATCHES // 2)):
                process.stdout.readline()
            deadline = time.monotonic() + dice.random() * 0.4
            while process.poll() is None and time.monotonic() < deadline:
                pass
            process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
    assert kills
    with run(tmp_path / "engine", "finish") as process:
        said = process.stdout.read().split()
    assert process.returncode == 0
    assert said[-3:] == ["sessions", "rollups", "right"]
