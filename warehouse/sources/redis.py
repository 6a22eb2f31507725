"""How every process reaches Redis: few connections, short waits, no retries of our own."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECTIONS = 50
TIMEOUT_SECONDS = 0.5


def connect(url: str) -> redis.Redis:
    """Return a thread-safe client of at most 50 connections; a hung server costs 0.5 s, once."""
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis.from_pool(pool)
