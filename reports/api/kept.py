"""The web process's way to kept answers: its own tier over the shared one."""

import functools

from django.conf import settings

from warehouse.cache.l1 import L1
from warehouse.cache.l2 import L2
from warehouse.sources.redis import connect


def cache() -> L1:
    """Return the cache, opened on first use."""
    return _open(settings.REDIS["cache"])


@functools.cache
def _open(url: str) -> L1:
    return L1(L2(connect(url)))
