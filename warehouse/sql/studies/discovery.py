"""Asks for the traffic without a campaign: cells of what meets what, and series of hours.

Rows name by `mask` which of the keys they are told apart by (a bit that is not set says that the
key is; the first key has the highest bit). Those told apart by all keys have cells by the hour of
the day; the others are series by the hour. Of each cell: time, events, visitors, and how many of
these convert in any event without a campaign.
"""

from datetime import timedelta

from warehouse.language.query import Query
from warehouse.language.studies.discovery import (
    ANOMALIES,
    CLUSTERS,
    DEVICE,
    HOUR,
    KEYS,
    ORIGIN,
    PLACE,
    Discovery,
)
from warehouse.planner.plan import Plan
from warehouse.sql import moments
from warehouse.sql.binder import Binder, Template
from warehouse.sql.moments import EPOCH, MILLISECOND
from warehouse.sql.studies.histories import Histories

MOST_ORIGINS, MOST_PLACES = 80, 50
"""Cells are those of the most frequent origins and places: a block, so chance is told rightly."""
MOST_SERIES, SERIES_DAYS = 60, timedelta(days=190)
"""So many series of each sort, the largest, over the last days of the window."""
SERIES: tuple[tuple[str, ...], ...] = (
    (),
    ("channel",),
    ("source", "medium"),
    ("source", "medium", "country"),
    ("source", "medium", DEVICE),
    PLACE,
    (DEVICE,),
)
NAMES = ", ".join(KEYS)
CONVERTS = "conversion_event != ''"


def build(plan: Plan) -> Template:
    """Return the statement of `plan`, whose query has a discovery for a study."""
    study = plan.query.study
    if not isinstance(study, Discovery):
        raise TypeError(plan.query)
    binder = Binder()
    histories = Histories(plan, binder)
    writers = {CLUSTERS: _cells, ANOMALIES: _series}
    parts = [writers[part](histories, binder) for part in writers if part in study.include]
    return binder.template(
        f"SELECT mask, {NAMES}, cells, total FROM ({' UNION ALL '.join(parts)})"
        f" ORDER BY mask, total DESC, {NAMES}"
    )


def _events(histories: Histories, *more: str) -> str:
    within = (*histories.within, "campaign_id = ''", *more)
    return f"{histories.source} WHERE {' AND '.join(within)}"


def _cells(histories: Histories, binder: Binder) -> str:
    """Return the cells of the most frequent origins and places, by the hour of the day."""
    events = _events(histories)
    converters = f"SELECT visitor_hash FROM {_events(histories, CONVERTS)}"
    block = _events(
        histories,
        _frequent(ORIGIN, MOST_ORIGINS, events),
        _frequent(PLACE, MOST_PLACES, events),
    )
    hour = histories.stored(HOUR)
    return (
        f"SELECT toUInt64(0) AS mask, {NAMES},"
        " arraySort(groupArray((at, found, visitors, converters))) AS cells, sum(found) AS total"
        f" FROM (SELECT {NAMES}, toInt64({hour}) AS at, count() AS found,"
        " uniq(visitor_hash) AS visitors,"
        f" uniqIf(visitor_hash, visitor_hash IN ({converters})) AS converters"
        f" FROM {block} GROUP BY {NAMES}, at) GROUP BY {NAMES}"
    )


def _frequent(keys: tuple[str, ...], most: int, events: str) -> str:
    names = ", ".join(keys)
    return (
        f"({names}) IN (SELECT {names} FROM {events} GROUP BY {names}"
        f" ORDER BY count() DESC, {names} LIMIT {most})"
    )


def _series(histories: Histories, binder: Binder) -> str:
    """Return series of hours, of each sort the largest that have events enough."""
    since = binder.bind("since", "Int64", lambda asked: _since(asked.query))
    events = _events(histories, f"event_time >= fromUnixTimestamp64Milli({since}, 'UTC')")
    least = binder.bind("least", "UInt64", lambda asked: _least(asked.query.study))
    hour = moments.bucket("hour", histories.clock, binder)
    sets = ", ".join(f"({', '.join(('at', *keys))})" for keys in SERIES)
    return (
        f"SELECT mask, {NAMES},"
        " arraySort(groupArray((at, found, visitors, toUInt64(0)))) AS cells, sum(found) AS total"
        f" FROM (SELECT toUInt64(grouping({NAMES})) AS mask, {NAMES}, {hour} AS at,"
        " count() AS found, uniq(visitor_hash) AS visitors"
        f" FROM {events} GROUP BY GROUPING SETS ({sets}))"
        f" GROUP BY mask, {NAMES} HAVING mask = {ALL} OR total >= {least}"
        f" ORDER BY total DESC, {NAMES} LIMIT {MOST_SERIES} BY mask"
    )


def _since(query: Query) -> int:
    return -((EPOCH - max(query.read.start, query.read.end - SERIES_DAYS)) // MILLISECOND)


def _least(study: object) -> int:
    if not isinstance(study, Discovery):
        raise TypeError(study)
    return study.min_traffic


ALL = 2 ** len(KEYS) - 1
"""The mask of the series that tells nothing apart."""
