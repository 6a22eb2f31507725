"""Limiters over a real Redis, each as if in a process of its own."""

import uuid

import pytest
import redis

from warehouse.limiting.limiter import Limiter
from warehouse.limiting.window import Windows


class Clock:
    """A monotonic clock that goes on when it is told to."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


class Trips:
    """Windows that count how often they are asked for."""

    def __init__(self, url):
        self.count = 0
        self.client = redis.Redis.from_url(url, socket_timeout=0.2)
        self._windows = Windows(self.client)

    def __call__(self):
        self.count += 1
        return self._windows


@pytest.fixture
def trips(redis_url):
    """The way to the Redis the whole run shares."""
    found = Trips(redis_url)
    yield found
    found.client.close()


@pytest.fixture
def group():
    """A group of limits of the test's own."""
    return uuid.uuid4().hex


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limiter(trips, clock):
    return Limiter(trips, clock)
