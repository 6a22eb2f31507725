"""Writes the statement of a plan for ClickHouse.

From the inside out: each branch reads one table and counts figures by the keys; several branches
are put together by the keys; the outermost level makes metrics of figures, tests, sorts, cuts.
"""

import itertools

from warehouse.language import patterns
from warehouse.language.query import Query
from warehouse.planner.grain import steady
from warehouse.planner.plan import Branch, Plan
from warehouse.planner.tables import SESSIONS, VISITS, joins_sessions
from warehouse.sql import fields, figures, moments, rows, where
from warehouse.sql.binder import Binder, Template
from warehouse.sql.moments import Clock
from warehouse.sql.where import Place

VISIT = ("events", "conversions", "duration_ms")
"""What of a session tells about a visit; the same in each of its rows."""


def build(plan: Plan) -> Template:
    """Return the statement of `plan`; its columns are the plan's, the tested, the counted.

    A series comes whole and unsorted: what its empty buckets do to it is for the answer to say.
    """
    query, binder = plan.query, Binder()
    selected = ", ".join((*_shown(query), *_metrics(plan)))
    parts = [f"SELECT {selected or '1'}", f"FROM ({_counted(plan, binder)})"]
    parts += [] if query.is_series else _page(plan, binder)
    if rows := patterns.rows_at_once(query):
        parts.append(f"SETTINGS max_block_size = {rows}")
    return binder.template("\n".join(parts))


def _keys(query: Query) -> tuple[str, ...]:
    """Return the names of the keys; time is the first, if it is one."""
    count = len(query.dimensions) + (query.granularity is not None)
    return tuple(f"k{index}" for index in range(count))


def _shown(query: Query) -> list[str]:
    keys = iter(_keys(query))
    time = [f"{next(keys)} AS c0"] if query.granularity else []
    dimensions = [
        f"{fields.shown(name, key)} AS c{len(time) + index}"
        for index, (name, key) in enumerate(zip(query.dimensions, keys, strict=True))
    ]
    return time + dimensions


def _metrics(plan: Plan) -> list[str]:
    query = plan.query
    wanted: list[str] = []
    for name in query.metrics:
        wanted.append(figures.metric(name))
        if query.compare:
            wanted += [figures.metric(name, previous=True), figures.change(name)]
    wanted += [figures.metric(name) for name in plan.tested]
    wanted += [figures.column(name, previous=side) for name, side in plan.counted]
    first = len(_keys(query))
    return [f"{text} AS c{first + index}" for index, text in enumerate(wanted)]


def _page(plan: Plan, binder: Binder) -> list[str]:
    """Return having, order and limit; one row more than wanted tells whether there are more."""
    query = plan.query
    place = Place(binder, Clock("", steady=True), itertools.count(len(query.tested)))
    having = where.conditions(query.having, place)
    parts = [f"WHERE {' AND '.join(having)}"] if having else []
    names = {column.name: f"c{index}" for index, column in enumerate(plan.columns)}
    order = [
        f"{names[one.field]} {'DESC' if one.descending else 'ASC'} NULLS LAST"
        for one in query.order
    ]
    parts += [f"ORDER BY {', '.join(order)}"] if order else []
    limit = binder.bind("limit", "UInt64", lambda asked: asked.query.limit + 1)
    offset = binder.bind("offset", "UInt64", lambda asked: asked.query.offset)
    return [*parts, f"LIMIT {limit} OFFSET {offset}"]


def _counted(plan: Plan, binder: Binder) -> str:
    """Return figures by key, whichever branches count them."""
    query = plan.query
    sides = (False, True) if query.compare else (False,)
    columns = [(name, side) for side in sides for name in plan.figures]
    pieces = [_branch(branch, columns, plan, binder) for branch in plan.branches]
    if len(pieces) == 1:
        return pieces[0]
    names = [figures.column(name, previous=side) for name, side in columns]
    selected = ", ".join((*_keys(query), *(f"sum({name}) AS {name}" for name in names)))
    parts = ["SELECT", selected, "FROM (", "\nUNION ALL\n".join(pieces), ")"]
    if query.compare and query.granularity:
        parts.append(f"WHERE k0 != {moments.NOWHEN}")
    return " ".join([*parts, *_group_by(query)])


def _branch(branch: Branch, columns: list[tuple[str, bool]], plan: Plan, binder: Binder) -> str:
    """Return the figures of one branch by key, with nothing for the figures of others."""
    query = plan.query
    clock = _clock(branch, plan)
    keys = _key_values(query, clock, binder)
    counted = [
        f"{_figure(name, side, branch, query, binder)} AS {figures.column(name, previous=side)}"
        for name, side in columns
    ]
    named = [f"{text} AS {name}" for text, name in zip(keys, _keys(query), strict=True)]
    source, within = rows.of_branch(branch, query, plan.grain, binder)
    within += where.conditions(query.where, Place(binder, clock))
    if branch.table is SESSIONS and keys:
        source, named = _spread(source, keys, query, clock, binder)
    body = f"FROM {source} WHERE {' AND '.join(within)}"
    if branch.table is VISITS:
        named, body = _visits(named, body, query)
    return _grouped(named, counted, body, branch, query)


def _grouped(named: list[str], counted: list[str], body: str, branch: Branch, query: Query) -> str:
    parts = ["SELECT", ", ".join((*named, *counted)), body, *_group_by(query)]
    if branch.table is SESSIONS and _keys(query):
        # Rows of the sessions table that cancel each other leave keys of nobody behind.
        parts.append("HAVING sum(sign) > 0")
    return " ".join(parts)


def _group_by(query: Query) -> list[str]:
    keys = ", ".join(_keys(query))
    return [f"GROUP BY {keys}"] if keys else []


def _figure(name: str, side: bool, branch: Branch, query: Query, binder: Binder) -> str:
    if name not in branch.figures or side != branch.previous:
        return figures.nothing(name)
    return figures.counted(name, branch.table, sampled=query.sample < 1, binder=binder)


def _visits(named: list[str], body: str, query: Query) -> tuple[list[str], str]:
    """Put one row in the place of all events that a key and a session have in common."""
    keys = list(_keys(query))
    held = [f"any(session_{name}) AS visit_{name}" for name in VISIT]
    grouped = ", ".join((*keys, "joined_track", "session_start"))
    inner = f"SELECT {', '.join((*named, *held))} {body} GROUP BY {grouped}"
    return keys, f"FROM ({inner})"


def _spread(
    source: str, keys: list[str], query: Query, clock: Clock, binder: Binder
) -> tuple[str, list[str]]:
    """Give a session one row for each key of time that its events have."""
    start, end = (
        f"intDiv({moments.milliseconds(clock, edge, binder)}, 900000)" for edge in ("start", "end")
    )
    inside = f"arrayFilter(q -> q >= {start} AND q < {end}, quarters)"
    timed = ", ".join(keys)
    moments_of = f"arrayDistinct(arrayMap(quarter -> tuple({timed}), {inside}))"
    named = [f"moment.{index + 1} AS {name}" for index, name in enumerate(_keys(query))]
    return f"{source} ARRAY JOIN {moments_of} AS moment", named


def _key_values(query: Query, clock: Clock, binder: Binder) -> list[str]:
    time = [moments.bucket(query.granularity, clock, binder)] if query.granularity else []
    return time + [fields.stored(name, clock, binder) for name in query.dimensions]


def _clock(branch: Branch, plan: Plan) -> Clock:
    query = plan.query
    window = query.previous if branch.previous and query.previous else query.window
    return Clock(
        rows.second(branch, plan.grain),
        steady=steady(query, window),
        previous=branch.previous,
        joined=joins_sessions(branch.table, query),
    )
