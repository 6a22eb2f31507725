"""Celery's messages are doubled, lost, or were never Celery's: what is due is done once."""

import pickle
import threading
import time
import uuid
from contextlib import contextmanager

import pytest
import redis
from celery import Celery
from kombu import Connection

from tests.live.stack import until

COPIES = 50
TEN_MEGABYTES = 10_000_000


@contextmanager
def broker(stack):
    """The database of the broker in the stack's Redis."""
    with redis.Redis.from_url(f"{stack.redis_url}/0", socket_timeout=5) as server:
        yield server


def send(stack, copies, name="reports.work", queue="reports"):
    """Send the same message so many times."""
    with Celery(broker=f"{stack.redis_url}/0", set_as_current=False) as app:
        same = uuid.uuid4().hex
        for _ in range(copies):
            app.send_task(name, task_id=same, queue=queue, ignore_result=True)


@pytest.mark.parametrize("fault", ["message delivered many times"])
def test_the_same_message_many_times(served, watch, fault):
    with served.second_worker():
        over = threading.Event()

        def repeat():
            while not over.is_set():
                send(served, COPIES)

        thread = threading.Thread(target=repeat)
        thread.start()
        try:
            watch.ask()
            watch.running()
        finally:
            over.set()
            thread.join()
        watch.settle(time.monotonic())
    assert watch.attempts() == {1}


@pytest.mark.parametrize("fault", ["every message lost"])
def test_every_message_lost(embedded, watch, fault):
    with broker(embedded) as server:
        server.execute_command("ACL", "SETUSER", "default", "-lpush")
        try:
            watch.ask()
            watch.settle(time.monotonic())
        finally:
            server.execute_command("ACL", "SETUSER", "default", "+lpush")


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("fault", ["garbage for messages"])
def test_garbage_for_messages(embedded, watch, tmp_path, chance, fault):
    trap = tmp_path / "sprung"
    watch.ask()
    with broker(embedded) as server:
        rubbish = [b"\xff\x00 no message", b"{}", b"[1]", b"null", b"x" * TEN_MEGABYTES]
        rubbish.append(pickle.dumps(Trap(trap)))
        chance.shuffle(rubbish)
        server.lpush("reports", *rubbish)
        send(embedded, 1, name="no.such.task")
        with Connection(f"{embedded.redis_url}/0") as connection:
            connection.Producer().publish(
                (Trap(trap),),
                serializer="pickle",
                routing_key="reports",
                exchange="reports",
                headers={"task": "reports.work", "id": uuid.uuid4().hex},
                retry=False,
            )
        # Each piece ends a worker, which starts again five seconds later at last.
        until(lambda: not server.llen("reports"), seconds=150, what="an empty queue")
    watch.settle(time.monotonic())
    assert not trap.exists()
