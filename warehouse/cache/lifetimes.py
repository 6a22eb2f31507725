"""How long an answer may be shown again: by how fine its time is, and whether it is over.

No longer than until the passing of time alone changes it: a period of cohorts ends, or the time
of the last of a funnel's runs.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from warehouse.language.query import Query
from warehouse.language.reach import reach
from warehouse.language.studies.cohorts import Cohorts
from warehouse.language.studies.funnel import Funnel

MINUTE, HOUR, DAY = 60, 3600, 86_400
REALTIME, HOURLY, DAILY, WEEKLY, MONTHLY = MINUTE, 15 * MINUTE, 4 * HOUR, DAY, 7 * DAY
OVER = 30 * DAY
BY_GRANULARITY = {"minute": REALTIME, "hour": HOURLY, "day": DAILY, "week": WEEKLY}
BY_LENGTH = (
    (timedelta(hours=1), REALTIME),
    (timedelta(days=2), HOURLY),
    (timedelta(days=31), DAILY),
    (timedelta(days=92), WEEKLY),
)


def lifetime(query: Query, now: datetime) -> int:
    """Return for how many seconds the answer to `query`, computed at `now`, may be shown again."""
    seconds = OVER if is_over(query, now) else _running(query)
    left = [turn - now.timestamp() for turn in _turns(query)]
    return max(1, int(min([seconds, *(one for one in left if one > 0)])))


def _running(query: Query) -> int:
    if query.granularity:
        return BY_GRANULARITY.get(query.granularity, MONTHLY)
    length = query.window.end - query.window.start
    return next((seconds for longest, seconds in BY_LENGTH if length <= longest), MONTHLY)


def _turns(query: Query) -> Iterable[float]:
    """Return the Unix seconds at which the answer changes by itself."""
    study = query.study
    if isinstance(study, Cohorts):
        return study.begins[1:]
    if isinstance(study, Funnel):
        within = study.within if study.after_range else timedelta(0)
        return [(query.window.end + within).timestamp()]
    return ()


def is_over(query: Query, now: datetime) -> bool:
    """Return whether all that the answer depends on is over, so only a revision can change it."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return all(window.end <= today for window in reach(query))
