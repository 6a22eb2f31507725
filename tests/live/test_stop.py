"""Starting and stopping: one installation a folder, free ports first, and nothing left behind."""

import os
import signal
import socket

import pytest

from tests.live import processes, work
from tests.live.client import Client
from tests.live.stack import Stack, until


@pytest.fixture
def own():
    """A stack of the test's own, not started yet."""
    stack = Stack()
    yield stack
    stack.destroy()


def test_ctrl_c_ends_everything_and_the_next_start_has_every_event(own):
    own.start()
    client = Client(own, own.organization("acme"))
    for batch in range(6):
        client.send(work.events(batch), key=str(batch))
    report = client.submit("query", work.slow(3))
    client.close()
    own.interrupt()
    assert own.wait() == 0
    until(lambda: not own.leftovers(), seconds=5, what="the end of every process")
    again = Stack(var=own.var).start()
    try:
        client = Client(again, again.key("acme"))
        until(lambda: work.count(client) == 6 * work.BATCH, seconds=60, what="storing")
        assert client.finished(report["id"])["status"] == "succeeded"
        client.close()
    finally:
        again.stop()


def test_a_killed_supervisor_leaves_no_child(own):
    own.start()
    children = processes.descendants(own.process.pid)
    assert len(children) >= len(("web", "ws", "worker", "beat", "redis"))
    os.kill(own.process.pid, signal.SIGKILL)
    own.process.wait()
    until(lambda: not own.leftovers(), seconds=20, what="the end of every child")
    again = Stack(var=own.var)
    again.start()
    again.stop()


def test_a_second_start_in_the_same_folder_says_so_and_harms_nothing(stack):
    before = {name: stack.pid(name) for name in ("web", "ws", "worker", "beat", "redis")}
    second = Stack(var=stack.var).launch()
    try:
        assert second.wait() != 0
        assert str(stack.var) in second.output
        assert "already" in second.output
    finally:
        second.destroy()
    assert stack.ready()
    assert before == {name: stack.pid(name) for name in before}


@pytest.mark.parametrize("which", ["port", "ws_port", "redis_port"])
def test_a_taken_port_is_named_and_nothing_is_started(own, which):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", getattr(own, which)))
        holder.listen()
        own.launch()
        assert own.wait() != 0
    assert str(getattr(own, which)) in own.output
    assert "Traceback" not in own.output
    assert own.leftovers() == []


def test_a_bad_setting_is_named_without_a_trace():
    wrong = Stack({"TRELLIS_LEASE_SECONDS": "soon"})
    try:
        assert wrong.launch().wait() != 0
        assert "TRELLIS_LEASE_SECONDS" in wrong.output
        assert "Traceback" not in wrong.output
    finally:
        wrong.destroy()
