"""What the writer of one socket does when the client goes, or the database."""

import asyncio

import pytest
from django.db import OperationalError

from reports.ws.sender import Sender


class Waiting:
    """A subscription with some messages, which may not be able to read more."""

    behind = False
    opening = "subscribed"

    def __init__(self, *texts, fault=None):
        self.texts = list(texts)
        self.fault = fault
        self.closed = False
        self.left = asyncio.Event()

    def take(self):
        self.behind = self.fault is not None
        while self.texts:
            yield self.texts.pop(0)

    async def refill(self):
        raise self.fault

    async def close(self):
        self.left.set()


async def never():
    raise AssertionError("nothing has failed")


async def test_messages_follow_the_first_one_and_end_with_the_subscription():
    sent: asyncio.Queue[str] = asyncio.Queue()
    sender = Sender(sent.put, never)
    first, second = Waiting("a", "b"), Waiting("c")
    await sender.put("reports", first)
    assert [await sent.get() for _ in range(3)] == ["subscribed", "a", "b"]
    await sender.put("reports", second)
    assert first.closed
    assert first.left.is_set()
    assert [await sent.get() for _ in range(2)] == ["subscribed", "c"]
    await sender.close()
    assert second.left.is_set()
    assert sent.empty()


async def test_a_client_that_goes_while_it_subscribes_leaves_nothing():
    async def gone(text):
        raise ConnectionError

    subscription = Waiting("a")
    with pytest.raises(ConnectionError):
        await Sender(gone, never).put("reports", subscription)
    assert subscription.left.is_set()


async def test_who_cannot_be_served_is_asked_to_come_back():
    sent: asyncio.Queue[str] = asyncio.Queue()
    failed = asyncio.Event()

    async def fail():
        failed.set()

    sender = Sender(sent.put, fail)
    await sender.put("reports", Waiting("a", fault=OperationalError()))
    await asyncio.wait_for(failed.wait(), 5)
    await sender.close()
