"""Every question is put to both engines: embedded, and a server over HTTP."""

import pytest

from warehouse.cache.l2 import L2
from warehouse.sources.redis import connect


@pytest.fixture(scope="session", params=["embedded", "http"])
def clickhouse(request):
    """The engine under test."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture
def cache(redis_url):
    """The shared cache on the run's own Redis, empty."""
    client = connect(f"{redis_url}/1")
    client.flushdb()
    yield L2(client)
    client.close()


@pytest.fixture
def ticks():
    """A clock that stands until it is moved: its one item is the time."""
    return [0.0]
