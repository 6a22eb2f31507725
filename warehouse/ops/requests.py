"""Measures every request of this process for `/metrics`; the outermost middleware."""

import time
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Histogram

from warehouse.gateway import context
from warehouse.ops import organizations
from warehouse.ops.metrics import REQUESTS

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

Answerer = Callable[[HttpRequest], HttpResponseBase]


def measure(answer: Answerer) -> Answerer:
    """Return `answer`, timed."""

    def measured(request: HttpRequest) -> HttpResponseBase:
        begin = time.perf_counter()
        response = answer(request)
        # A caller may send any word as a method; the label must not grow with them.
        method = request.method if request.method in METHODS else "other"
        _series(str(method), response.status_code).observe(time.perf_counter() - begin)
        if slug := context.organization.get():
            organizations.count(slug, response.status_code)
        return response

    return measured


@cache
def _series(method: str, status: int) -> Histogram:
    return REQUESTS.labels(method, str(status))
