"""Removes an organization's rows from the event store: all, one visitor's, or those before a day.

Nothing may be stored for the organization meanwhile, and the days are to be marked before
(`warehouse.days.distrust`): a reader may see half of it. Each function may be repeated.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime

from warehouse.derived import sessions
from warehouse.planner.rollups import ROLLUPS, Rollup
from warehouse.sources.clickhouse import BULK_SECONDS, ClickHouse
from warehouse.sql import erasing
from warehouse.sql.sessions import Leave, touch_tracks, touch_visitor

AT_ONCE = 5_000
"""So many values stand in one statement: a server takes a list as one field of a form."""

Alive = Callable[[], None]


def tables(clickhouse: ClickHouse) -> list[str]:
    """Return every table of the store whose rows name an organization."""
    return [name for (name,) in clickhouse.run(erasing.TABLES, tag="tables", first=True).rows]


def count(
    clickhouse: ClickHouse, table: str, organization: str, condition: str = "1", **values: object
) -> int:
    """Return how many rows of the organization a table holds for which `condition` holds."""
    statement = erasing.count(table, organization, condition, **values)
    answer = clickhouse.run(statement, tag="count", timeout_seconds=BULK_SECONDS, first=True)
    return int(answer.rows[0][0])


def remove(
    clickhouse: ClickHouse, table: str, organization: str, condition: str = "1", **values: object
) -> None:
    """Remove these rows and wait until they are gone."""
    clickhouse.command(erasing.remove(table, organization, condition, **values), tag="remove")


def count_among(
    clickhouse: ClickHouse, table: str, organization: str, column: str, values: Sequence[int]
) -> int:
    """Return how many rows have one of `values`, unsigned numbers, in `column`."""
    among, pieces = erasing.among(column), _pieces(values)
    return sum(count(clickhouse, table, organization, among, values=one) for one in pieces)


def remove_among(
    clickhouse: ClickHouse, table: str, organization: str, column: str, values: Sequence[int]
) -> None:
    """Remove the rows that have one of `values`, unsigned numbers, in `column`."""
    for one in _pieces(values):
        remove(clickhouse, table, organization, erasing.among(column), values=one)


def tracks(clickhouse: ClickHouse, organization: str, visitor_id: str) -> dict[int, bool]:
    """Return the tracks of a visitor's events, and whether others have events there as well."""
    own = clickhouse.run(erasing.track_of_visitor(visitor_id), tag="tracks", first=True).rows
    statement = erasing.tracks_of_visitor(organization, visitor_id)
    found = clickhouse.run(statement, tag="tracks", timeout_seconds=BULK_SECONDS, first=True)
    return {int(own[0][0]): False} | {int(track): bool(shared) for track, shared in found.rows}


def recount_without_visitor(
    clickhouse: ClickHouse, organization: str, visitor_id: str, found: Iterable[int], *, tag: str
) -> None:
    """Make the sessions on the tracks `found` what they are without a visitor's events.

    Rows are removed and not only taken back: what was taken back would stay until a merge. The
    visitor's events must still be there.
    """
    token = str(uuid.uuid4())
    clickhouse.command(touch_visitor(token, organization, visitor_id), tag=tag)
    sessions.close(clickhouse, token, [organization], tag=tag)
    remove_among(clickhouse, "session_rows", organization, "track", list(found))
    sessions.refill(clickhouse, token, [organization], tag=tag, leave=Leave(visitor_id=visitor_id))


def recount_without_past(
    clickhouse: ClickHouse, organization: str, first: date, *, tag: str, alive: Alive
) -> datetime | None:
    """Cut the sessions that go on past the beginning of the day `first`, so that they begin then.

    Returns the end of the last of them. The events before must still be there.
    """
    statement = erasing.straddling(organization, first)
    answer = clickhouse.run(statement, tag=tag, timeout_seconds=BULK_SECONDS, first=True)
    ends = {int(track): datetime.fromtimestamp(at / 1000, UTC) for track, at in answer.rows}
    for some in _pieces(list(ends)):
        alive()
        token = str(uuid.uuid4())
        until = max(ends[track] for track in some)
        clickhouse.command(touch_tracks(token, organization, some, until), tag=tag)
        sessions.settle(clickhouse, token, [organization], tag=tag, leave=Leave(before=first))
    return max(ends.values(), default=None)


def empty_rollups(
    clickhouse: ClickHouse,
    organization: str,
    days: Sequence[date],
    *,
    among: Sequence[Rollup] = ROLLUPS,
) -> None:
    """Remove these days from rollups, all or some: a refill cannot take distinct values back."""
    for rollup in among:
        table = f"rollup_{rollup.name}"
        remove(clickhouse, table, organization, erasing.ON_DAYS, days=list(days))


def _pieces(values: Sequence[int]) -> list[list[int]]:
    return [list(values[start : start + AT_ONCE]) for start in range(0, len(values), AT_ONCE)]
