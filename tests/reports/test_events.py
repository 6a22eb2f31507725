"""Announcements reach who listens, and cost nothing when Redis is gone or hangs."""

import asyncio
import contextlib
import gc
import os
import queue
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from reports import events
from reports.events import Wire

# What redis-py leaves behind when a command to a hung server is given up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine 'AbstractConnection:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:unclosed :ResourceWarning"),
]


@pytest.fixture
def layer(redis_server):
    """The channel layer of the process, at this test's Redis."""
    before = get_channel_layer()
    layer = RedisPubSubChannelLayer(hosts=[f"{redis_server.url}/2"], prefix="test")
    channel_layers.set("default", layer)
    yield layer
    events._WIRE.close()
    gc.collect()
    channel_layers.set("default", before)


@pytest.fixture
def wire():
    wire = Wire()
    yield wire
    wire.close()
    gc.collect()


def hears(wire):
    """Whether a report of its own reaches the wire's listener, which may not be there at first."""
    report = str(uuid.uuid4())
    heard: queue.Queue[str] = queue.Queue()
    wire.listen(heard.put)
    # A subscription that has died silently is found out after SILENCE_SECONDS, and made again.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        send(wire, report)
        # What other tests have announced may be heard as well.
        with contextlib.suppress(queue.Empty):
            while heard.get(timeout=0.1) != report:
                pass
            return True
    return False


def send(wire, report):
    wire.send(events.FINISHED, report)


def test_a_listener_hears_of_finished_reports(layer, wire):
    assert hears(wire)


def test_an_organizations_group_hears_in_one_message_what_has_gathered(layer):
    async def receive():
        channel = await layer.new_channel()
        await layer.group_add(events.group_of("o"), channel)
        for _ in range(3):
            events.changed("o", "r", "report.started")
        events.progressed("o", {"id": "r"})
        events.changed("o", "r", "report.succeeded")
        told: list[Any] = []
        while len(told) < 3:
            message = await asyncio.wait_for(layer.receive(channel), 10)
            assert message["type"] == "report.told"
            told += message["items"]
        await layer.flush()
        return told

    # The first may have gone before the others came; the rest went together.
    assert asyncio.run(receive())[-3:] == [events.CHANGED, {"id": "r"}, events.CHANGED]


def test_what_gathers_for_a_group_stays_in_order_and_is_said_once_running():
    wire = Wire()
    for group, item in [("a", 1), ("a", 1), ("b", 1), ("a", 2), ("b", 1), ("a", 1)]:
        wire._outbox.append((group, item))
    assert wire._gathered() == {"a": [1, 2, 1], "b": [1]}
    assert wire._gathered() == {}


def test_a_dead_redis_delays_nobody_and_is_found_again(layer, wire, redis_server):
    assert hears(wire)
    redis_server.kill()
    for _ in range(1000):
        send(wire, "r")
    redis_server.start()
    assert hears(wire)


HUNG = """
import os, queue, signal, sys, time, django
django.setup()
from channels.layers import channel_layers
from channels_redis.pubsub import RedisPubSubChannelLayer
from reports import events
url, pid = sys.argv[1], int(sys.argv[2])
channel_layers.set("default", RedisPubSubChannelLayer(hosts=[url + "/2"], prefix="test"))
wire, heard = events.Wire(), queue.Queue()
wire.listen(heard.put)
while heard.empty():
    wire.send(events.FINISHED, "r")
    time.sleep(0.05)
os.kill(pid, signal.SIGSTOP)
for _ in range(events.BACKLOG + 500):
    wire.send(events.FINISHED, "r")
print(len(wire._outbox) <= events.BACKLOG)
os.kill(pid, signal.SIGCONT)
time.sleep(2)
while not heard.empty():
    heard.get()
while heard.empty():
    wire.send(events.FINISHED, "r")
    time.sleep(0.05)
print("heard again", flush=True)
os._exit(0)
"""


def test_a_hung_redis_fills_no_more_than_the_outbox(redis_server):
    """In a process of its own: redis-py leaves a connection behind when a send is given up."""
    done = subprocess.run(
        [sys.executable, "-c", HUNG, redis_server.url, str(redis_server.process.pid)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["True", "heard again"], done.stderr
