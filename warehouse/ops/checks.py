"""Is each part this product leans on there? One function a part, each a `Check`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import redis
from django.conf import settings
from django.db import Error

from warehouse.exceptions import WardenUnavailable
from warehouse.models import Worker
from warehouse.sources.redis import connect
from warehouse.tenancy.warden import gate

FRESH_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Check:
    """What was found about one part; `advice` says what to do when it is not `ok`."""

    ok: bool
    detail: str
    advice: str = ""
    age_seconds: float | None = None


def database(now: datetime) -> Check:
    """Check that the relational database answers."""
    try:
        Worker.objects.exists()
    except Error as problem:
        return Check(
            ok=False,
            detail=f"the database does not answer ({type(problem).__name__})",
            advice="look at TRELLIS_DATABASE_URL, the disk, and run `manage.py migrate`",
        )
    return Check(ok=True, detail="the database answers")


def cache_server(now: datetime) -> Check:
    """Check that Redis answers."""
    try:
        _redis(settings.REDIS["cache"]).ping()
    except (redis.RedisError, OSError) as problem:
        return Check(
            ok=False,
            detail=f"Redis does not answer ({type(problem).__name__})",
            advice="start it with `make run`, or look at TRELLIS_REDIS_URL",
        )
    return Check(ok=True, detail="Redis answers")


def worker(now: datetime) -> Check:
    """Check that some worker has given a sign of life within 15 seconds."""
    advice = "start one with `make run`, and look at the worker's lines in its output"
    try:
        latest = Worker.objects.order_by("-seen_at").values_list("seen_at", "engine").first()
    except Error:
        return Check(ok=False, detail="no worker can be looked up", advice=advice)
    if latest is None:
        return Check(ok=False, detail="no worker has started yet", advice=advice)
    age = max(0.0, (now - latest[0]).total_seconds())
    if age > FRESH_SECONDS:
        detail = f"no worker has given a sign of life for {age:.0f} s"
        return Check(ok=False, detail=detail, advice=advice, age_seconds=age)
    detail = f"a worker with ClickHouse {latest[1]} gave a sign of life {age:.0f} s ago"
    return Check(ok=True, detail=detail, age_seconds=age)


def warden(now: datetime) -> Check:
    """Check that whoever vouches for callers answers."""
    try:
        return Check(ok=True, detail=gate.look())
    except WardenUnavailable as problem:
        return Check(
            ok=False,
            detail=problem.detail,
            advice="start it with `manage.py warden`, or look at TRELLIS_WARDEN_URL, _CA, _CERT "
            "and _KEY, and at the lines about Warden in the log",
        )


READINESS: Mapping[str, Callable[[datetime], Check]] = {
    "database": database,
    "redis": cache_server,
    "worker": worker,
    "warden": warden,
}


@cache
def _redis(url: str) -> "redis.Redis":
    return connect(url)
