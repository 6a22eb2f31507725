"""Asks for paths of touchpoints before conversions, for their links, or for what comes next.

Grouped, sorted and cut by the engine: how many different paths there are does not matter to us.
Behind each row stand the sums over all rows, those that were cut as well.
"""

from collections.abc import Callable

from warehouse.language.studies.journeys import LINKS, MOST_STEPS, NEXT, PATHS, Journeys
from warehouse.planner.plan import Plan
from warehouse.sql.binder import Binder, Template
from warehouse.sql.studies.histories import MOMENT, Histories
from warehouse.sql.studies.lookback import journeys
from warehouse.sql.studies.touchpoints import Touchpoints


def build(plan: Plan) -> Template:
    """Return the statement; its columns are those of the view's rows, then sums over all."""
    study = plan.query.study
    if not isinstance(study, Journeys):
        raise TypeError(plan.query)
    binder = Binder()
    most = binder.bind("most", "UInt64", lambda asked: asked.query.offset + asked.query.limit + 1)
    return binder.template(f"{BY_VIEW[study.view](plan, study, binder)} LIMIT {most}")


def _paths(plan: Plan, study: Journeys, binder: Binder) -> str:
    return (
        "SELECT path, any(size), count() AS conversions, sum(toInt128(points)) AS revenue,"
        " avg(waited) / 1000, sum(count()) OVER (), sum(sum(toInt128(points))) OVER ()"
        f" FROM ({_converted(plan, study, binder)}) GROUP BY path"
        " ORDER BY conversions DESC, revenue DESC, path"
    )


def _links(plan: Plan, study: Journeys, binder: Binder) -> str:
    """Return how often each step is made; the last of a path leads to the conversion, ''."""
    return (
        "SELECT place, step.1 AS here, place + 1, step.2 AS there, step.3 AS ends,"
        " count() AS conversions, sum(toInt128(points)) AS revenue,"
        " sum(countIf(ends)) OVER (), sum(sumIf(toInt128(points), ends)) OVER ()"
        f" FROM ({_converted(plan, study, binder)})"
        " ARRAY JOIN arrayZip(path, arraySlice(arrayPushBack(path, ''), 2),"
        " arrayMap(i -> i = size, arrayEnumerate(path))) AS step, arrayEnumerate(path) AS place"
        " GROUP BY place, here, there, ends"
        " ORDER BY place, conversions DESC, revenue DESC, here, ends, there"
    )


def _converted(plan: Plan, study: Journeys, binder: Binder) -> str:
    """Return one row a conversion: its path, and the milliseconds from its first touchpoint."""
    touchpoints = Touchpoints(plan, binder)
    parts = {"value": touchpoints.value(study.dimension)}
    visitors = touchpoints.visitors(parts, touchpoints.converters(), few=True)
    return (
        f"SELECT least(j.4 - j.3, {MOST_STEPS}) AS size,"
        " arraySlice(value, j.4 - size + 1, size) AS path, j.2 AS points,"
        " if(j.4 > j.3, j.5 - at[j.3 + 1], NULL) AS waited"
        f" FROM ({journeys(visitors, touchpoints, ('value',))}) ARRAY JOIN journeys AS j"
    )


def _next(plan: Plan, study: Journeys, binder: Binder) -> str:
    histories = Histories(plan, binder)
    (match,) = histories.matches
    event = f"({MOMENT}, toUnixTimestamp64Milli(received_at), event_id, event_name, {match})"
    nothing = "tuple(0, 0, '', '', 0)"
    return (
        "SELECT pair.2.4 AS event, pair.3 AS last, count() AS found, uniqExact(visitor_hash),"
        " avgIf(pair.2.1 - pair.1.1, NOT last) / 1000, sum(count()) OVER ()"
        f" FROM (SELECT visitor_hash, arraySort(groupArray({event})) AS events,"
        " arrayFilter(p -> p.1.5, arrayZip(events,"
        f" arrayPushBack(arrayPopFront(events), {nothing}),"
        " arrayMap(i -> i = length(events), arrayEnumerate(events)))) AS pairs"
        f" FROM {histories.source} WHERE {' AND '.join(histories.within)} GROUP BY visitor_hash"
        f" HAVING max({match})) ARRAY JOIN pairs AS pair"
        " GROUP BY event, last ORDER BY found DESC, last, event"
    )


BY_VIEW: dict[str, Callable[[Plan, Journeys, Binder], str]] = {
    PATHS: _paths,
    LINKS: _links,
    NEXT: _next,
}
