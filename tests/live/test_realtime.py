"""Live figures of the whole product: from an event that is posted to the sockets that watch."""

import json
import os
import signal
import time

import pytest

from tests.live.client import receive
from tests.live.stack import until

FIGURES = {"type": "subscribe", "topic": "realtime", "metrics": ["events"], "last": "5m"}


@pytest.fixture
def watching(client):
    with client.socket() as socket:
        socket.send(json.dumps(FIGURES))
        receive(socket, lambda message: message["type"] == "subscribed")
        yield socket


def total(message):
    return sum(row[1] for row in message["result"]["rows"])


def shown(socket, count, seconds=60):
    """Wait for figures of so many events; none may ever show more or fewer than before."""
    seen: list[int] = []

    def enough(message):
        seen.append(total(message))
        return seen[-1] == count

    receive(socket, enough, seconds)
    assert seen == sorted(seen)


def post(client, first, count):
    events = [
        {"event_id": f"{first + n}", "event_name": "view", "visitor_id": "v"} for n in range(count)
    ]
    client.send(events, key=f"live figures {first}")


def test_what_is_posted_is_shown_and_leaves_no_job_behind(client, stack, watching):
    shown(watching, 0)
    for first in (0, 10, 20):
        post(client, first, 10)
        shown(watching, first + 10)
    watching.close()
    assert client.request("GET", "/reports").json()["items"] == []
    own = "SELECT count(*) FROM reports_job WHERE kind = 'realtime' AND finished_at IS NOT NULL"
    until(lambda: stack.relational(own) == [(0,)], what="no job left behind")


def test_a_worker_that_dies_delays_the_figures_and_no_more(client, stack, watching):
    shown(watching, 0)
    pid = stack.pid("worker")
    os.kill(pid, signal.SIGKILL)
    post(client, 0, 7)
    began = time.monotonic()
    shown(watching, 7, seconds=90)
    assert time.monotonic() - began < 60
    stack.replaced("worker", pid)
