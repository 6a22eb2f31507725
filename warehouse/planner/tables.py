"""The tables a question may be answered from, and what speaks against each for a question."""

from collections.abc import Iterator
from dataclasses import dataclass

from warehouse.language.fields import FIELDS, SESSION, TIME
from warehouse.language.metrics import FIGURES
from warehouse.language.query import Query
from warehouse.planner.rollups import DAY, QUARTER, ROLLUPS, Rollup


@dataclass(frozen=True, slots=True)
class Table:
    """Something to read from: `step` is the width of the spans of time it keeps apart.

    `fields` are the only ones it has besides time; None means all.
    """

    name: str
    why: str
    step: int = 0
    fields: frozenset[str] | None = None
    rollup: bool = False


def _of(rollup: Rollup) -> Table:
    return Table(
        rollup.name,
        "the smallest rollup with all of its fields",
        rollup.step,
        frozenset((*rollup.dimensions, "is_bot")),
        rollup=True,
    )


EVENTS = Table("events", "events answer every question exactly")
SESSIONS = Table(
    "sessions",
    "sessions alone tell this",
    QUARTER,
    frozenset(name for name, field in FIELDS.items() if field.scope == SESSION),
)
VISITS = Table("visits", "sessions of the events in question")
CANDIDATES: dict[bool, tuple[Table, ...]] = {
    False: (*map(_of, ROLLUPS), EVENTS),
    True: (SESSIONS, VISITS),
}
"""For figures of events and of sessions, the tables to try, the smallest first."""
WIDTHS = {DAY: "UTC days", QUARTER: "quarters of an hour"}


def against(
    table: Table, query: Query, figures: tuple[str, ...], *, grain: int, rolled_up: bool
) -> str:
    """Return what speaks against answering `query` from `table`, or nothing."""
    if table.fields is None:
        return ""
    if query.supposed:
        return "knows nothing of what is supposed of events"
    if query.sample < 1:
        return "a sample takes whole visitors, which only events tell apart"
    if strange := next(_strange(table, query), None):
        return f"has no {strange}"
    if grain == 0 or grain % table.step:
        return f"keeps whole {WIDTHS[table.step]}, which this question cuts"
    if table.rollup and not rolled_up:
        return "is being filled anew for a day of the window"
    if table.rollup and query.exact and any(FIGURES[name].unique for name in figures):
        return "counts many distinct values within an error only"
    return ""


def _strange(table: Table, query: Query) -> Iterator[str]:
    """Yield the fields of the question that `table` does not have."""
    for name in query.fields:
        timed = name in FIELDS and FIELDS[name].scope == TIME
        filtered_by_time = timed and name in query.tested and not table.rollup
        if name not in (table.fields or ()) and (not timed or filtered_by_time):
            yield name


def joins_sessions(table: Table, query: Query) -> bool:
    """Return whether answering `query` from `table` takes joining each event's session."""
    of_sessions = any(name in FIELDS and FIELDS[name].scope == SESSION for name in query.fields)
    return table is VISITS or (table is EVENTS and of_sessions)


def reads_sessions(table: Table, query: Query) -> bool:
    """Return whether answering `query` from `table` reads sessions: whole or their starts."""
    starts = query.study is not None and query.study.of_sessions
    return joins_sessions(table, query) or (table is EVENTS and starts)


def reads(table: Table, query: Query) -> tuple[str, ...]:
    """Return the names, as answers show them, of all that is read to answer from `table`."""
    return ("events", "sessions") if reads_sessions(table, query) else (table.name,)
