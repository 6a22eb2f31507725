"""Redis dies, hangs, is restarted or emptied, while reports are submitted and while they run."""

import os
import signal
import threading
import time

import pytest

from tests.live.stack import until

FROZEN_SECONDS = (2.0, 6.0)


def kill(stack, chance):
    stack.kill9("redis")


def restart(stack, chance):
    pid = stack.pid("redis")
    os.kill(pid, signal.SIGTERM)
    until(lambda: stack.pid("redis") not in (None, pid), seconds=30, what="a new Redis")


def freeze(stack, chance):
    stack.freeze("redis", chance.uniform(*FROZEN_SECONDS))


def empty(stack, chance):
    for _ in range(chance.randrange(1, 4)):
        stack.flushall()
        time.sleep(chance.uniform(0, 0.3))


HARM = {
    "redis killed": kill,
    "redis restarted": restart,
    "redis frozen": freeze,
    "redis emptied": empty,
}


@pytest.mark.parametrize("fault", HARM)
def test_redis_struck_while_reports_are_submitted_and_run(embedded, watch, chance, fault):
    until(embedded.ready, what="readiness")
    blow = threading.Timer(chance.uniform(0, 0.5), HARM[fault], (embedded, chance))
    blow.start()
    watch.ask()
    blow.join()
    watch.settle(time.monotonic())


@pytest.mark.parametrize("fault", ["redis down at submit"])
def test_a_submit_while_the_broker_is_down_is_accepted(embedded, watch, fault):
    until(embedded.ready, what="readiness")
    [pid] = embedded.family("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        watch.ask()
    finally:
        os.kill(pid, signal.SIGKILL)
    watch.settle(time.monotonic())
