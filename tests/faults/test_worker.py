"""The worker dies or is told to stop: anywhere, and at the points where a result could be lost."""

import os
import signal
import time

import pytest

from tests.faults import questions
from tests.faults.bars import TAKEN_UP_SECONDS
from tests.live.stack import until

POINTS = {
    "the claim is committed": "claimed",
    "half a result is written": "writing",
    "the result is written, no status": "stored",
    "the status is changed, no event": "status",
    "the event is written, no commit": "event",
    "the commit is done, no announcement": "committed",
}


@pytest.mark.parametrize("fault", ["worker killed in the query"])
def test_a_worker_killed_in_a_query(embedded, watch, chance, fault):
    watch.ask()
    watch.running()
    time.sleep(chance.uniform(0, 0.6))
    embedded.kill9("worker")
    watch.settle(time.monotonic())


@pytest.mark.parametrize("fault", [f"worker killed: {point}" for point in POINTS])
def test_a_worker_killed_at_a_point(embedded, watch, fault):
    embedded.arm(POINTS[fault.partition(": ")[2]])
    watch.ask()
    embedded.struck()
    watch.settle(time.monotonic())


@pytest.mark.parametrize("fault", ["worker told to stop"])
def test_a_worker_that_is_told_to_stop_hands_its_jobs_back(served, watch, fault):
    with served.second_worker():
        watch.ask(*[questions.slow] * 5)
        watch.running(4)
        held = served.held_by(served.pid("worker"))
        assert held
        os.kill(served.pid("worker"), signal.SIGTERM)
        stopped = time.monotonic()
        # As soon as the engine lets go of them: a lease that had to end would count as a death.
        until(
            lambda: served.given_up(held),
            seconds=TAKEN_UP_SECONDS,
            what="the end of the attempts",
        )
        watch.settle(stopped)
    assert served.deaths(held) == 0
