"""The doors to answers: `lookup` for the web, cache only; `compute` and `run` for the worker.

An answer's revision is read before it is computed: rows that arrive meanwhile raise it, and
what was computed without them is not found again.
"""

from datetime import datetime
from typing import Unpack

from warehouse import costs, days
from warehouse.cache import keys
from warehouse.cache.l1 import L1
from warehouse.cache.lifetimes import is_over
from warehouse.computation import Answer, Computation, answer_of
from warehouse.how import How
from warehouse.language.fingerprint import fingerprint
from warehouse.language.query import Query
from warehouse.language.reach import reach

__all__ = ["Answer", "Computation", "compute", "forget", "lookup", "run"]


def lookup(query: Query, *, cache: L1, now: datetime) -> Answer | None:
    """Return the answer kept for `query`, or None; asks only the cache and the day rows."""
    entry = cache.get(_recent_key(query, cache, now), query.organization)
    if entry is None:
        return None
    over = is_over(query, entry.computed_at)
    reason = "window is over and unchanged" if over else "within its lifetime"
    return answer_of(entry, tier=entry.tier, reason=reason)


def forget(query: Query, *, cache: L1, now: datetime) -> None:
    """Drop what this process holds of the answer to `query`: it was computed anew."""
    cache.forget(_recent_key(query, cache, now))


def compute(query: Query, **how: Unpack[How]) -> Computation:
    """Begin to compute the answer to `query`; nothing is read before the first page is taken."""
    return Computation(query, _key(query, _revision(query, how["now"])), **how)


def run(query: Query, **how: Unpack[How]) -> Answer:
    """Compute the answer to `query` whole and keep it; raises what the source raises."""
    how["whole"] = True
    running = compute(query, **how)
    for _ in running:
        pass
    return running.answer


def _recent_key(query: Query, cache: L1, now: datetime) -> str:
    days_of = (query.organization, reach(query))
    return _key(query, cache.recent(days_of, lambda: _revision(query, now)))


def _key(query: Query, revision: int) -> str:
    """Return where the answer is kept; both revisions only rise, so their sum tells either."""
    return keys.key(query.organization, fingerprint(query), revision + costs.revision(query))


def _revision(query: Query, now: datetime) -> int:
    return sum(days.revision(query.organization, window, now=now) for window in reach(query))
