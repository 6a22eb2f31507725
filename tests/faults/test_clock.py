"""The clock of every process jumps by an hour."""

import time

import pytest

HOUR = 3600
JUMPS = {"clock an hour forward": HOUR, "clock an hour back": -HOUR}


@pytest.mark.parametrize("fault", JUMPS)
def test_a_jump_of_the_clock(embedded, watch, chance, fault):
    watch.ask()
    time.sleep(chance.uniform(0, 1))
    try:
        embedded.shift(JUMPS[fault])
        jumped = time.monotonic()
        watch.settle(jumped)
    finally:
        embedded.shift(0)


@pytest.mark.parametrize("fault", [f"{jump}, worker killed" for jump in JUMPS])
def test_a_jump_of_the_clock_and_a_dead_worker(served, watch, chance, fault):
    with served.second_worker():
        watch.ask()
        watch.running()
        served.kill9("worker")
        try:
            served.shift(JUMPS[fault.partition(",")[0]])
            watch.settle(time.monotonic())
        finally:
            served.shift(0)
