"""What each branch of a statement reads: the rows of one organization within one window.

Rows come only from parameterised views, and the organization and the window are put in here: no
statement can be written without them.
"""

from warehouse.language.query import Query
from warehouse.planner.grain import steady
from warehouse.planner.plan import Branch
from warehouse.planner.rollups import DAY
from warehouse.planner.tables import EVENTS, SESSIONS, VISITS, joins_sessions
from warehouse.sql import moments, supposing
from warehouse.sql.binder import Binder
from warehouse.sql.moments import Clock
from warehouse.sql.statement import DATABASE

EVENT_SECOND = "toInt64(toUnixTimestamp(event_time))"
DATE_SECOND = "toInt64(event_date) * 86400"
SPAN_SECOND = "toInt64(toUnixTimestamp(at))"
QUARTER_SECOND = "toInt64(quarter) * 900"
SECONDS = {EVENTS: EVENT_SECOND, VISITS: EVENT_SECOND, SESSIONS: QUARTER_SECOND}
HELD = (
    "finish", "source", "medium", "channel", "campaign_id", "landing_page", "exit_page", "events",
    "conversions", "duration_ms",
)  # fmt: skip
"""What a session lends to its events, each as `session_NAME`."""
LENT = ", ".join(f"{name} AS session_{name}" for name in HELD)
HASHES = 2**64
"""How many hashes of visitors there are: a share of them is a share of all visitors."""
PART = {False: "part IN (0, 1)", True: "part IN (0, 2)"}
"""Which rows of a session tell of it without its bots, and with them."""


def second(branch: Branch, grain: int) -> str:
    """Return the Unix second of a row of the branch's table.

    Where nothing is asked finer than days of UTC it is that of the day, which is read faster.
    """
    if grain == DAY and branch.table is not SESSIONS:
        return DATE_SECOND
    return SECONDS.get(branch.table, SPAN_SECOND)


def of_branch(branch: Branch, query: Query, grain: int, binder: Binder) -> tuple[str, list[str]]:
    """Return what the branch reads, and what its rows must fulfil."""
    clock = Clock(second(branch, grain), steady=True, previous=branch.previous)
    if branch.table is SESSIONS:
        return _sessions(clock, query, binder)
    within = _within(branch, clock, grain, binder)
    if not query.include_bots:
        within.append("is_bot = 0")
    if query.sample < 1:
        share = binder.bind("hashes", "UInt64", lambda asked: int(asked.query.sample * HASHES))
        within.append(f"visitor_hash < {share}")
    if branch.table.rollup:
        return _view(branch.table.name, binder), within
    if not joins_sessions(branch.table, query):
        return _events(query, binder), within
    held = _held(clock, query, binder, view="whole_sessions")
    joined = (
        f"{_events(query, binder)} AS e ASOF LEFT JOIN ({held}) AS s"
        " ON e.session_track = s.joined_track AND e.event_time >= s.session_start"
    )
    if branch.table is VISITS:
        # An event that has just come may be there before its session is.
        within.append("event_time <= session_finish")
    return joined, within


def _within(branch: Branch, clock: Clock, grain: int, binder: Binder) -> list[str]:
    first, last = (moments.day(clock, edge, binder) for edge in ("start", "end"))
    days = f"event_date >= {first} AND event_date <= {last}"
    if grain == DAY:
        return [days]
    start, end = (
        f"fromUnixTimestamp64Milli({moments.milliseconds(clock, edge, binder)}, 'UTC')"
        for edge in ("start", "end")
    )
    column = "event_time" if branch.table in {EVENTS, VISITS} else "at"
    return [days, f"{column} >= {start} AND {column} < {end}"]


def _sessions(clock: Clock, query: Query, binder: Binder) -> tuple[str, list[str]]:
    """Return the sessions that have an event in the window, by the quarters of an hour."""
    start, end = (
        f"intDiv({moments.milliseconds(clock, edge, binder)}, 900000)" for edge in ("start", "end")
    )
    held = _held(clock, query, binder, view="sessions", more=", sign, quarters")
    return f"({held})", [f"arrayExists(q -> q >= {start} AND q < {end}, quarters)"]


def _held(clock: Clock, query: Query, binder: Binder, *, view: str, more: str = "") -> str:
    """Return the sessions that may have an event in the window.

    Those that begin on the day before or later, and of the earlier ones the few that are long.
    """
    before = moments.day(clock, "start", binder, shift=-1)
    last = moments.day(clock, "end", binder)
    start = f"fromUnixTimestamp64Milli({moments.milliseconds(clock, 'start', binder)}, 'UTC')"
    return " ".join(
        (
            f"SELECT track AS joined_track, start AS session_start, {LENT}{more}",
            f"FROM {_view(view, binder)}",
            f"WHERE (is_long OR start_date >= {before}) AND start_date <= {last}",
            f"AND finish >= {start} AND {PART[query.include_bots]}",
        )
    )


def starts(clock: Clock, binder: Binder) -> str:
    """Return the sessions that begin in the window: hashes of their track and that instant.

    A hash is found several times faster than a pair; of ten million events that start none, one
    is taken for a start once in a million questions.
    """
    first, last = (moments.day(clock, edge, binder) for edge in ("start", "end"))
    return (
        "SELECT cityHash64(track, toUnixTimestamp64Milli(start))"
        f" FROM {_view('whole_sessions', binder)}"
        f" WHERE start_date >= {first} AND start_date <= {last} AND {PART[True]}"
    )


def _events(query: Query, binder: Binder) -> str:
    """Return the events, as they are or as the question supposes them to be."""
    stored = _view("events", binder)
    if query.supposed is None:
        return stored
    clock = Clock(EVENT_SECOND, steady=steady(query, query.read))
    return supposing.events(stored, query, clock, binder)


def _view(name: str, binder: Binder) -> str:
    owner = binder.bind("organization", "String", lambda asked: _owner(asked.query))
    return f"{DATABASE}.{name}(organization_id={owner})"


def _owner(query: Query) -> str:
    if not query.organization:
        raise ValueError("A statement needs an organization.")
    return query.organization
