"""The web process's way to kept answers: one cache over one pool of connections."""

import functools

from django.conf import settings

from warehouse.cache.l2 import L2
from warehouse.sources.redis import connect


def cache() -> L2:
    """Return the cache, opened on first use."""
    return _open(settings.REDIS["cache"])


@functools.cache
def _open(url: str) -> L2:
    return L2(connect(url))
