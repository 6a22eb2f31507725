"""How every process reaches Redis: few connections, short waits, no retries of our own.

A process has one pool for each database it talks to, so that all processes together keep to
`docs/limits.md`'s fifty connections, however many threads ask at once.
"""

from functools import cache

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECTIONS = 5
TIMEOUT_SECONDS = 0.5
QUICK_CONNECTIONS = 2
QUICK_SECONDS = 0.1
"""For what every request waits for: a server that takes longer counts as gone."""


@cache
def connect(url: str) -> redis.Redis:
    """Return the process's thread-safe client of `url`; a hung server costs 0.5 s, once."""
    return _client(url, CONNECTIONS, TIMEOUT_SECONDS)


@cache
def connect_quickly(url: str) -> redis.Redis:
    """Return a client for small things in the way of every request: a hung server costs 0.1 s."""
    return _client(url, QUICK_CONNECTIONS, QUICK_SECONDS)


def _client(url: str, connections: int, seconds: float) -> redis.Redis:
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis.from_pool(pool)
