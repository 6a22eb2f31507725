"""The crew keeps programs alive, prints their lines, and stops them in order."""

import os
import signal

import pytest

from tests.supervisor.conftest import script, turn_until
from warehouse.supervisor.crew import Stopped
from warehouse.supervisor.programs import DOORS, REDIS, WORKER

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
POLITE = """
import signal, sys, time
def stop(*_):
    print('leaving', flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print('up', flush=True)
time.sleep(600)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
time.sleep(600)
"""
PARENT = """
import os, time
child = os.fork()
if child:
    print('child', child, flush=True)
time.sleep(600)
"""


def pids_of(screen, name):
    """Return the numbers that programs of this name printed after the word `child`."""
    lines = (line.split() for line in screen.getvalue().splitlines())
    return [int(words[-1]) for words in lines if words[0] == name and words[-2] == "child"]


def alive(pid):
    """Say whether a process runs; one that ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as status:  # noqa: PTH123
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not os.path.isdir("/proc/self")  # noqa: PTH112


def test_lines_are_prefixed_with_the_name(crew, screen):
    assert crew.step(script("hello", "print('one'); print('two')"))
    assert screen.getvalue() == "hello   | one\nhello   | two\n"


def test_output_without_a_final_newline_and_of_odd_bytes_is_printed(crew, screen):
    crew.step(script("odd", r"import os; os.write(1, b'\xff caf\xc3\xa9')"))
    assert screen.getvalue() == "odd     | \ufffd café\n"


def test_a_step_that_fails_says_so(crew):
    assert not crew.step(script("bad", "raise SystemExit(3)"))


def test_what_dies_is_started_again(crew, screen):
    crew.start(script("web", "print('child', __import__('os').getpid()); " + FOREVER))
    turn_until(crew, lambda: pids_of(screen, "web"))
    os.kill(pids_of(screen, "web")[0], signal.SIGKILL)
    turn_until(crew, lambda: len(pids_of(screen, "web")) == 2)
    assert "web ended (killed by SIGKILL); starting it again in 0.2 s" in screen.getvalue()


def test_what_keeps_dying_is_started_less_and_less_often(crew, screen):
    crew.start(script("web", "raise SystemExit(7)"))
    turn_until(crew, lambda: "again in 0.8 s" in screen.getvalue())
    assert "web ended (exit code 7); starting it again in 0.2 s" in screen.getvalue()
    assert "again in 0.4 s" in screen.getvalue()


def test_the_rest_of_a_dead_programs_group_goes_with_it(crew, screen):
    crew.start(script("web", PARENT))
    turn_until(crew, lambda: pids_of(screen, "web"))
    grandchild = pids_of(screen, "web")[0]
    crew.replace("web")
    turn_until(crew, lambda: not alive(grandchild))


def test_programs_stop_stage_by_stage_redis_last(crew, screen):
    for name, stage in (("redis", REDIS), ("worker", WORKER), ("web", DOORS)):
        crew.start(script(name, POLITE, stage=stage))
    turn_until(crew, lambda: screen.getvalue().count("up") == 3)
    crew.stop_all()
    leaving = [line.split()[0] for line in screen.getvalue().splitlines() if "leaving" in line]
    assert leaving == ["web", "worker", "redis"]


def test_a_program_that_will_not_stop_is_killed_after_its_grace(crew, screen):
    crew.start(script("worker", DEAF, grace_seconds=0.3))
    turn_until(crew, lambda: "up" in screen.getvalue())
    crew.stop_all()
    assert "worker did not stop in time: killed" in screen.getvalue()


def test_a_signal_stops_the_turning_and_a_running_step(crew, screen):
    crew.start(script("web", FOREVER))
    turn_until(crew, lambda: "up" in screen.getvalue())
    crew.ask_to_stop(signal.SIGTERM, None)
    with pytest.raises(Stopped):
        crew.step(script("import", FOREVER))


def test_a_reader_that_went_away_stops_it(crew, screen):
    screen.close()
    crew.start(script("web", FOREVER))
    with pytest.raises(Stopped):
        turn_until(crew, lambda: False)
