"""Announcements that never come: no client misses an event or gets one twice, and push returns."""

import os
import signal
import time

import pytest
from redis import Redis

from tests.conftest import free_port
from tests.reports.doors import token_of, wire
from tests.reports.ws.conftest import served
from tests.reports.ws.moves import delay, move, report_of

pytestmark = pytest.mark.django_db(transaction=True)
PUSHED = 0.6
"""What came within so many seconds was pushed: a poll would not do it several times running."""


@pytest.fixture
def apart(transactional_db, settings, redis_server):
    """A door and settings with a Redis of their own, to misuse."""
    wire(settings, redis_server.url)
    with served(free_port(), redis_server.url) as door:
        yield door


def flush(server):
    with Redis.from_url(server.url) as client:
        client.flushall()


def cut(server):
    with Redis.from_url(server.url) as client:
        for kind in ("pubsub", "normal"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def freeze(server):
    os.kill(server.process.pid, signal.SIGSTOP)


def thaw(server):
    os.kill(server.process.pid, signal.SIGCONT)


def die(server):
    server.kill()


def rise(server):
    server.start()


def leave(server):
    """Nothing is to be mended."""


TROUBLES = {"flushed": (flush, leave), "cut": (cut, leave), "frozen": (freeze, thaw)}
TROUBLES["dead"] = (die, rise)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_is_missed_or_comes_twice(apart, acme, redis_server, trouble):
    break_it, mend_it = TROUBLES[trouble]
    token, report = token_of(acme), report_of(acme)
    with apart.of(token) as staying:
        staying.subscribe()
        with apart.of(token) as leaving:
            leaving.subscribe()
            move(report, 5)
            assert cursors(leaving, 5) == list(range(1, 6))
        break_it(redis_server)
        for _ in range(5):
            move(report)
        assert cursors(staying, 10) == list(range(1, 11))
        with apart.of(token) as back:
            back.subscribe(since=5)
            assert cursors(back, 5) == list(range(6, 11))
            mend_it(redis_server)
            newest = move(report, 5)
            for socket in (staying, back):
                assert cursors(socket, 5) == list(range(11, newest + 1))
        returns(staying, report)
        assert staying.silent()


def cursors(socket, count):
    return [message["cursor"] for message in socket.states(count)]


def returns(socket, report, seconds=40):
    """Wait until what happens is pushed again, not found by looking."""
    deadline = time.monotonic() + seconds
    while max(delay(socket, report) for _ in range(5)) > PUSHED:
        assert time.monotonic() < deadline, "nothing is pushed any more"
