"""Writes the statements that find and remove what one organization has in the event store.

Which tables those are is asked of the engine itself (`TABLES`): a new one cannot be forgotten. A
removal is a mutation that is waited for, on every replica: it survives the death of whoever sent
it, and sent again it finds nothing left to do.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

from warehouse.sql.statement import DATABASE, Statement

TABLES = Statement(
    "SELECT columns.table FROM system.columns AS columns"
    " INNER JOIN system.tables AS tables"
    " ON tables.database = columns.database AND tables.name = columns.table"
    " WHERE columns.database = {database:String} AND columns.name = 'organization_id'"
    " AND tables.engine LIKE '%MergeTree' ORDER BY columns.table",
    {"database": DATABASE},
)
WAITED = "SETTINGS mutations_sync = 2"
NAME = re.compile(r"[a-z][a-z0-9_]*")
OWN = "organization_id = {organization_id:String}"
OF_VISITOR = "visitor_hash = cityHash64({visitor_id:String}) AND visitor_id = {visitor_id:String}"
ON_DAYS = "event_date IN {days:Array(Date)}"
DAYS_BEFORE = "event_date < {first:Date}"
SESSIONS_BEFORE = "start_date < {first:Date}"
SPANS_BEFORE = "toDate(hi, 'UTC') < {first:Date}"
"""Conditions for what lies before a day."""


def _of(organization_id: str, text: str, **values: object) -> Statement:
    """Return a statement on one organization's rows, which are all that it is shown."""
    return Statement(text, {"organization_id": organization_id, **values}, (organization_id,))


def count(table: str, organization_id: str, condition: str = "1", **values: object) -> Statement:
    """Return what counts the organization's rows for which `condition` holds: one number."""
    return _of(
        organization_id,
        f"SELECT count() FROM {_named(table)} WHERE {OWN} AND {condition}",
        **values,
    )


def remove(table: str, organization_id: str, condition: str = "1", **values: object) -> Statement:
    """Return what removes the organization's rows for which `condition` holds."""
    return _of(
        organization_id,
        f"ALTER TABLE {_named(table)} DELETE WHERE {OWN} AND {condition} {WAITED}",
        **values,
    )


def among(column: str) -> str:
    """Return the condition that a column has one of `values`, unsigned numbers."""
    return f"{column} IN {{values:Array(UInt64)}}"


def _named(table: str) -> str:
    """Return the full name; raises `ValueError` for what is no name of a table of ours."""
    if not NAME.fullmatch(table):
        raise ValueError(table)
    return f"{DATABASE}.{table}"


def days_of_visitor(organization_id: str, visitor_id: str) -> Statement:
    """Return the days a visitor has events on, and how many: (day, events)."""
    return _of(
        organization_id,
        f"SELECT event_date, count() FROM {DATABASE}.analytics_events"
        f" WHERE {OWN} AND {OF_VISITOR} GROUP BY event_date ORDER BY event_date",
        visitor_id=visitor_id,
    )


def tracks_of_visitor(organization_id: str, visitor_id: str) -> Statement:
    """Return the tracks of a visitor's events, and whether others have events there as well."""
    mine = (
        f"SELECT DISTINCT session_track FROM {DATABASE}.analytics_events"
        f" WHERE {OWN} AND {OF_VISITOR}"
    )
    return _of(
        organization_id,
        f"SELECT session_track, max(visitor_id != {{visitor_id:String}})"
        f" FROM {DATABASE}.analytics_events WHERE {OWN} AND session_track IN ({mine})"
        " GROUP BY session_track",
        visitor_id=visitor_id,
    )


def track_of_visitor(visitor_id: str) -> Statement:
    """Return the track of a visitor's events without a session of their sender."""
    return Statement("SELECT cityHash64({visitor_id:String})", {"visitor_id": visitor_id})


def ids_of_visitor(organization_id: str, visitor_id: str, since: datetime) -> Statement:
    """Return the ids of a visitor's events that arrived since a time."""
    return _of(
        organization_id,
        f"SELECT event_id FROM {DATABASE}.analytics_events WHERE {OWN} AND {OF_VISITOR}"
        " AND event_id != '' AND received_at >= {since:DateTime64(3, 'UTC')}",
        visitor_id=visitor_id,
        since=since,
    )


def days(organization_id: str, wanted: Sequence[date]) -> Statement:
    """Return what days hold: (day, events, newest event in milliseconds since 1970)."""
    return _of(
        organization_id,
        "SELECT event_date, count(), toUnixTimestamp64Milli(max(event_time))"
        f" FROM {DATABASE}.analytics_events"
        f" WHERE {OWN} AND event_date IN {{days:Array(Date)}} GROUP BY event_date",
        days=list(wanted),
    )


def straddling(organization_id: str, first: date) -> Statement:
    """Return the sessions that begin before a day and end on it or later: (track, end).

    Ends are milliseconds since 1970.
    """
    return _of(
        organization_id,
        f"SELECT track, toUnixTimestamp64Milli(max(finish)) FROM {DATABASE}.session_rows"
        f" WHERE {OWN} AND start_date < {{first:Date}} AND toDate(finish, 'UTC') >= {{first:Date}}"
        " GROUP BY track HAVING sum(sign) > 0",
        first=first,
    )


def months(organization_id: str) -> Statement:
    """Return the months the organization has events of, such as 202601, and how many."""
    return _of(
        organization_id,
        f"SELECT toYYYYMM(event_date) AS month, count() FROM {DATABASE}.analytics_events"
        f" WHERE {OWN} GROUP BY month ORDER BY month",
    )


def events_of_month(organization_id: str, columns: Sequence[str], month: int) -> Statement:
    """Return those columns of the organization's events of a month, in the order they are kept."""
    return _of(
        organization_id,
        f"SELECT {', '.join(columns)} FROM {DATABASE}.analytics_events"
        f" WHERE {OWN} AND toYYYYMM(event_date) = {{month:UInt32}}"
        " ORDER BY organization_id, event_date, visitor_hash, event_time",
        month=month,
    )
