"""What a standing question asks the database: has its data changed, what is there of an answer.

Like everybody it looks into the cache and else submits a job; sockets never talk to the engine.
"""

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from reports import costs, jobs, limits, results
from reports.kinds import KINDS
from reports.models import LIVE, Job
from warehouse import clock, days
from warehouse.cache.l1 import L1
from warehouse.cache.l2 import L2
from warehouse.exceptions import Gone
from warehouse.language.query import Query, Window
from warehouse.language.reach import reach
from warehouse.sources.redis import connect
from warehouse.tenancy.principal import Tenant

KIND = KINDS["realtime"]
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what; `body` is that of the kind."""

    tenant: Tenant
    body: Mapping[str, Any]

    @property
    def name(self) -> tuple[str, bytes]:
        """What identical questions of one organization have in common."""
        return self.tenant.id, orjson.dumps(self.body, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Look:
    """The question as it stood `at` a moment: what was computed since `seen` has this version."""

    at: datetime
    seen: datetime
    query: Query
    version: tuple[Window, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job has ended: with a body, with a problem, or with neither: it is to be asked again.

    `fresh` tells whether what it read is at least as new as the look that asked for it.
    """

    body: bytes | None = None
    problem: Mapping[str, Any] | None = None
    fresh: bool = False


def begin(asked: Asked) -> bytes | None:
    """Return what is kept of an answer; raises `WarehouseError` for what may not be asked."""
    at = clock.now()
    query = _parsed(asked, at)
    costs.check(KIND, asked.body, query, tenant=asked.tenant, now=at, max_limit=MOST_ROWS)
    kept = KIND.lookup(query, cache=_cache(settings.REDIS["cache"]), now=at)
    return kept.body if kept else None


def look(asked: Asked) -> Look:
    """Return the question as it stands now."""
    at = clock.now()
    query = _parsed(asked, at)
    owner = asked.tenant.id
    newest = sum(days.version(owner, window) for window in reach(query))
    return Look(at, clock.now(), query, (query.window, newest))


def kept(seen: Look) -> bytes | None:
    """Return an answer that somebody else has got since the look."""
    answer = KIND.lookup(seen.query, cache=_cache(settings.REDIS["cache"]), now=seen.at)
    return answer.body if answer and answer.computed_at >= seen.seen else None


def submit(asked: Asked, seen: Look) -> int:
    """Have a job answer the question, or join the one that does already; return its number."""
    job = jobs.stand(
        kind=KIND.name,
        body=asked.body,
        tenant=asked.tenant,
        now=seen.at,
        timeout_seconds=limits.ANALYTICS_SECONDS,
    )
    return job.pk


def ended(job_ids: Collection[int]) -> set[int]:
    """Return which of the jobs have ended or are gone."""
    live = Job.objects.filter(pk__in=job_ids, state__in=LIVE).values_list("pk", flat=True)
    return set(job_ids) - set(live)


def outcome(job_id: int, seen: Look) -> Outcome:
    """Return how a job has ended."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or job.state == "cancelled":
        return Outcome()
    if job.state == "failed":
        return Outcome(problem=job.error or {})
    fresh = job.started_at is not None and job.started_at >= seen.seen
    try:
        # The cache has it, unless Redis has been emptied since; else it is made of the stored one.
        return Outcome(body=(fresh and kept(seen)) or results.body(job), fresh=fresh)
    except Gone:  # another process that shared it was faster
        return Outcome()


def forget(job_id: int) -> None:
    """Leave nothing of the job behind."""
    jobs.forget(job_id, now=clock.now())


def _parsed(asked: Asked, at: datetime) -> Query:
    return KIND.parse(asked.body, tenant=asked.tenant, now=at, max_limit=MOST_ROWS)


@functools.cache
def _cache(url: str) -> L1:
    return L1(L2(connect(url)))
