"""A worker stands still for longer than its lease, and then goes on as if nothing had been."""

import os
import signal
import time

import pytest

from tests.faults import questions
from tests.faults.bars import LEASE_SECONDS, TAKEN_UP_SECONDS
from tests.faults.stacks import frozen
from tests.live.stack import until

POINTS = {
    "when it has claimed": "claimed",
    "in half a result": "writing",
    "with its result written": "stored",
}
THAWED_AFTER = LEASE_SECONDS + 2


@pytest.mark.parametrize("fault", [f"worker frozen {point}" for point in POINTS])
def test_a_frozen_worker_is_overtaken_by_another(served, watch, fault):
    with served.second_worker():
        watch.ask()
        served.arm(POINTS[fault.removeprefix("worker frozen ")], "SIGSTOP")
        watch.ask(questions.slow, questions.every_event, questions.every_event)
        pid = served.struck()
        held = served.held_by(pid)
        assert held
        with frozen(pid, THAWED_AFTER):
            until(lambda: served.taken_up(held), seconds=TAKEN_UP_SECONDS, what="another attempt")
        watch.settle(time.monotonic())
    assert served.deaths(held) == len(held)


@pytest.mark.parametrize("fault", ["worker frozen and alone"])
def test_a_frozen_worker_that_is_alone_overtakes_itself(embedded, watch, fault):
    watch.ask()
    embedded.arm("stored", "SIGSTOP")
    watch.ask(questions.every_event)
    with frozen(embedded.struck(), THAWED_AFTER):
        pass
    watch.settle(time.monotonic())


@pytest.mark.parametrize("fault", ["worker frozen for good"])
def test_a_worker_that_stays_frozen_is_replaced(embedded, watch, chance, fault):
    watch.ask(*[questions.slow] * 3)
    watch.running(3)
    pid = embedded.pid("worker")
    os.kill(pid, signal.SIGSTOP)
    until(lambda: embedded.pid("worker") not in (None, pid), seconds=60, what="a new worker")
    watch.settle(time.monotonic())
