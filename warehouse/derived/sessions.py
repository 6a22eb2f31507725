"""Keeps the table of sessions equal to the events: whoever inserts events calls `follow`."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schema.events import TOUCHES
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import sessions
from warehouse.sql.sessions import Extent, Leave

# Events whose sessions are counted by one statement.
SLICE_ROWS = 2_000_000
TAG = "sessions"
KEYS = ["organization_id", "session_id", "visitor_id"]


def follow(clickhouse: ClickHouse, events: pa.Table, *, tag: str = TAG) -> None:
    """Count the sessions anew that `events`, rows of the event store, may have changed.

    Harmless when repeated; organizations in it must not be followed by anybody else meanwhile:
    whoever takes this over has the engine `kill` what runs under `tag` first.
    """
    token = str(uuid.uuid4())
    clickhouse.insert("session_ranges", touches(events, token), token=token)
    settle(clickhouse, token, pc.unique(events["organization_id"]).to_pylist(), tag=tag)


def rebuild(
    clickhouse: ClickHouse,
    organization: str,
    days: Sequence[date],
    *,
    rows: int,
    tag: str = TAG,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Count the sessions anew that have events on these UTC days, which hold some `rows`.

    `alive` is called before each share of them, and may end it all by raising. The engine knows
    the statements by `tag`.
    """
    slices = rows // SLICE_ROWS + 1
    for number in range(slices):
        alive()
        token = str(uuid.uuid4())
        touch = sessions.touch(token, organization, days, (number, slices))
        clickhouse.command(touch, tag=tag)
        settle(clickhouse, token, [organization], tag=tag)


def settle(
    clickhouse: ClickHouse,
    token: str,
    owners: Sequence[str],
    *,
    tag: str = TAG,
    leave: Leave | None = None,
) -> None:
    """Count the sessions anew that the touches of `token`, all of `owners`, may have changed.

    `leave` tells of events that are left out.
    """
    close(clickhouse, token, owners, tag=tag)
    refill(clickhouse, token, owners, tag=tag, leave=leave)


def close(clickhouse: ClickHouse, token: str, owners: Sequence[str], *, tag: str = TAG) -> None:
    """Widen the touches of `token` to the whole sessions they may change."""
    if touched := _extents(clickhouse, token, owners, is_closed=False):
        clickhouse.command(sessions.close(token, touched), tag=tag)


def refill(
    clickhouse: ClickHouse,
    token: str,
    owners: Sequence[str],
    *,
    tag: str = TAG,
    leave: Leave | None = None,
) -> None:
    """Count the sessions anew that `close` found, without the events that `leave` tells of."""
    if closed := _extents(clickhouse, token, owners, is_closed=True):
        clickhouse.command(sessions.refill(token, closed, leave), tag=tag)


def _extents(
    clickhouse: ClickHouse, token: str, owners: Sequence[str], *, is_closed: bool
) -> list[Extent]:
    statement = sessions.extent(token, owners, is_closed=is_closed)
    answer = clickhouse.run(statement, tag="sessions", first=True)
    return [Extent(bool(sent), bool(long), *rest) for sent, long, *rest in answer.rows]


def touches(events: pa.Table, token: str) -> pa.Table:
    """Return from when to when each track of the events was touched."""
    names = set(events.column_names)
    empty = pa.repeat("", events.num_rows)
    session, visitor = (
        events[name].combine_chunks() if name in names else empty for name in KEYS[1:]
    )
    table = pa.table(
        {
            "organization_id": events["organization_id"],
            "session_id": session,
            "visitor_id": pc.if_else(pc.equal(session, ""), visitor, ""),
            "event_time": events["event_time"],
        }
    )
    found = table.group_by(KEYS).aggregate([("event_time", "min"), ("event_time", "max")])
    columns = [found[name] for name in (*KEYS, "event_time_min", "event_time_max")]
    return pa.table([pa.repeat(token, found.num_rows), *columns], schema=TOUCHES)
