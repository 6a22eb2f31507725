"""Writes what the analytics copy reads of the event store: a day's events, and sums to compare."""

from collections.abc import Sequence
from datetime import date

from warehouse.sql.statement import DATABASE, Statement

PRIME = 1_000_003
SIGNED = ("visitor_hash", "session_track")
"""Unsigned here; the copy has signed numbers only, so it holds the same bits read as such."""
FIGURES = (
    "count()",
    "sum(page_views)",
    "sum(session_duration)",
    "sum(conversion_value)",
    "sum(toUnixTimestamp64Milli(event_time))",
    "sum(toUnixTimestamp64Milli(received_at))",
    f"sum(reinterpretAsInt64(visitor_hash) % {PRIME})",
    f"sum(reinterpretAsInt64(session_track) % {PRIME})",
    "sum(length(event_id))",
    "sum(length(click_id) + length(campaign_id) + length(url))",
)


def events(owner: str, day: date, columns: Sequence[str]) -> Statement:
    """Return those columns of the events an organization has on a day."""
    return _of(owner, day, ", ".join(map(_read, columns)))


def figures(owner: str, day: date) -> Statement:
    """Return what sums up a day of an organization: one row, as `FIGURES` says."""
    return _of(owner, day, ", ".join(FIGURES))


def _read(column: str) -> str:
    if column in SIGNED:
        return f"reinterpretAsInt64({column})"
    return "toJSONString(properties)" if column == "properties" else column


def _of(owner: str, day: date, wanted: str) -> Statement:
    return Statement(
        f"SELECT {wanted} FROM {DATABASE}.analytics_events"
        " WHERE organization_id = {organization_id:String} AND event_date = {day:Date}",
        {"organization_id": owner, "day": day},
        (owner,),
    )
