"""Writes the statements that keep the table of sessions equal to what the events say.

A session is its sender's id, or else a visitor's events less than thirty minutes apart. Whoever
inserts events says which tracks they touched; `close` widens each touch to the whole sessions it
may have changed, and `refill` writes the difference between those sessions as they stand and as
the events have them. So a repeat writes nothing, and no moment shows a session twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from warehouse.sql import session_figures
from warehouse.sql.binder import Values
from warehouse.sql.session_figures import COLUMNS, ORDER
from warehouse.sql.statement import Statement

GAP = "INTERVAL 30 MINUTE"
NAMES = ", ".join(COLUMNS)
FRAME = (
    "OVER (PARTITION BY organization_id, track ORDER BY event_time"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
)
EXTENT = """
SELECT is_sent, is_long, groupUniqArrayArray(organizations), groupArray((first, last)) FROM
(
    SELECT is_sent, is_long, toDate(lo, 'UTC') AS first, toDate(hi, 'UTC') AS last,
        groupUniqArray(organization_id) AS organizations
    FROM trellis.session_ranges
    WHERE token = {token:String} AND is_closed = {is_closed:UInt8}
    GROUP BY is_sent, is_long, first, last
)
GROUP BY is_sent, is_long
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """Which organizations and days the ranges of one kind are of; kinds are read apart."""

    is_sent: bool
    is_long: bool
    organizations: Sequence[str]
    spans: Sequence[tuple[date, date]]

    def days(self, before: int = 0, after: int = 0) -> list[date]:
        """Return the days, with some more on either side of each span."""
        return sorted(
            {
                first + timedelta(days=number)
                for first, last in self.spans
                for number in range(-before, (last - first).days + after + 1)
            }
        )


def extent(token: str, owners: Sequence[str], *, is_closed: bool) -> Statement:
    """Return what tells the fields of `Extent` for the touches or the closed ranges of `token`.

    `owners` are the organizations whose events the token is for.
    """
    return Statement(EXTENT, {"token": token, "is_closed": int(is_closed)}, tuple(owners))


@dataclass(frozen=True, slots=True)
class Leave:
    """Events that sessions are counted without: they are about to be removed.

    Those of one visitor, or all before a day.
    """

    visitor_id: str | None = None
    before: date | None = None


class _Reads:
    """The pieces a statement reads, each narrowed to the ranges of one kind."""

    def __init__(self, token: str, leave: Leave | None = None) -> None:
        self.binder = Values()
        self.token = self.binder.bind(token, "String")
        self.kept = self._kept(leave or Leave())

    def _kept(self, leave: Leave) -> str:
        """Return the condition of the events that count, to stand behind another one."""
        kept = ""
        if leave.visitor_id is not None:
            kept += f" AND visitor_id != {self.binder.bind(leave.visitor_id, 'String')}"
        if leave.before is not None:
            kept += f" AND event_date >= {self.binder.bind(leave.before, 'Date')}"
        return kept

    def ranges(self, extent: Extent, *, is_closed: bool) -> str:
        return (
            f"SELECT organization_id, track, lo, hi FROM trellis.session_ranges"
            f" WHERE token = {self.token} AND is_closed = {int(is_closed)}"
            f" AND is_sent = {int(extent.is_sent)} AND is_long = {int(extent.is_long)}"
        )

    def organizations(self, extent: Extent) -> str:
        return f"organization_id IN {self.binder.bind(extent.organizations, 'Array(String)')}"

    def days(self, extent: Extent, before: int = 0, after: int = 0) -> str:
        return self.binder.bind(extent.days(before, after), "Array(Date)")

    def spans(self, extent: Extent) -> str:
        """Return how far the senders' sessions that were touched reach."""
        ranges = self.ranges(extent, is_closed=False)
        return f"""
        SELECT organization_id, track, 1, min(lo) AS lo, max(hi) AS hi FROM trellis.session_spans
        WHERE {self.organizations(extent)} AND track IN (SELECT track FROM ({ranges}))
            AND (organization_id, track) IN (SELECT organization_id, track FROM ({ranges}))
        GROUP BY organization_id, track"""

    def near(self, extent: Extent) -> str:
        """Return the visitors' sessions that what was touched may join."""
        ranges = self.ranges(extent, is_closed=False)
        return f"""
        SELECT s.organization_id, s.track, 0, s.start, s.finish
        FROM
        (
            SELECT organization_id, track, start, finish FROM trellis.session_rows
            WHERE {self.organizations(extent)} AND track IN (SELECT track FROM ({ranges}))
                AND (is_long OR start_date IN {self.days(extent, 2, 1)})
            GROUP BY organization_id, track, start, finish
            HAVING sum(sign) > 0
        ) AS s
        INNER JOIN ({ranges}) AS r ON s.organization_id = r.organization_id AND s.track = r.track
        WHERE s.start < r.hi + {GAP} AND s.finish > r.lo - {GAP}"""

    def events(self, extent: Extent) -> str:
        """Return the events within the closed ranges.

        A visitor's track is its hash, which the key of the events knows; senders' have an index.
        """
        ranges = self.ranges(extent, is_closed=True)
        ids, track = ("!=", "session_track") if extent.is_sent else ("=", "visitor_hash")
        return f"""
        SELECT e.organization_id AS organization_id, r.track AS track, event_time,
            {ORDER} AS place, is_bot, page_views, conversion_event, conversion_value,
            session_duration, path, source, medium, channel, campaign_id
        FROM
        (
            SELECT * FROM trellis.analytics_events
            WHERE {self.organizations(extent)} AND event_date IN {self.days(extent)}
                AND {track} IN (SELECT track FROM ({ranges})) AND session_id {ids} ''{self.kept}
        ) AS e
        INNER JOIN ({ranges}) AS r
            ON e.organization_id = r.organization_id AND e.session_track = r.track
        WHERE event_time BETWEEN r.lo AND r.hi"""

    def numbered(self, extents: Sequence[Extent]) -> str:
        """Return the events with the number of their session in its track; ids need no sorting."""
        sent = [self.events(one) for one in extents if one.is_sent]
        unsent = " UNION ALL ".join(self.events(one) for one in extents if not one.is_sent)
        pieces = [f"SELECT *, toUInt64(0) AS number FROM ({one})" for one in sent]
        if unsent:
            pieces.append(f"""
            SELECT * EXCEPT opens, sum(opens) {FRAME} AS number
            FROM
            (
                SELECT *, event_time >= lagInFrame(event_time) {FRAME} + {GAP} AS opens
                FROM ({unsent})
            )""")
        return " UNION ALL ".join(pieces)

    def standing(self, extent: Extent) -> str:
        """Return the sessions within the closed ranges as they stand, to be taken back."""
        ranges = self.ranges(extent, is_closed=True)
        columns = ", ".join(f"s.{name} AS {name}" for name in COLUMNS)
        return f"""
        SELECT {columns}, -toInt64(s.sign) AS weight
        FROM
        (
            SELECT * FROM trellis.session_rows
            WHERE {self.organizations(extent)} AND track IN (SELECT track FROM ({ranges}))
                AND is_long <= {int(extent.is_long)} AND start_date IN {self.days(extent)}
        ) AS s
        INNER JOIN ({ranges}) AS r ON s.organization_id = r.organization_id AND s.track = r.track
        WHERE s.start BETWEEN r.lo AND r.hi"""


def close(token: str, extents: Sequence[Extent]) -> Statement:
    """Return what widens the touches of `token` to the whole sessions they may change.

    A session near to one that stands is not near to another, as those are a gap apart: one step
    is enough.
    """
    reads = _Reads(token)
    pieces = [
        f"SELECT organization_id, track, is_sent, lo, hi FROM trellis.session_ranges"
        f" WHERE token = {reads.token} AND NOT is_closed"
    ]
    pieces += [reads.spans(one) if one.is_sent else reads.near(one) for one in extents]
    return Statement(
        f"""
        INSERT INTO trellis.session_ranges
            (token, is_closed, organization_id, track, is_sent, lo, hi)
        SELECT {reads.token}, 1, organization_id, track, max(is_sent), min(lo), max(hi)
        FROM ({" UNION ALL ".join(pieces)})
        GROUP BY organization_id, track""",
        reads.binder.parameters,
    )


def refill(token: str, extents: Sequence[Extent], leave: Leave | None = None) -> Statement:
    """Return what makes the sessions that `close` found say what the events say without `leave`.

    In one block, so in one part; what is taken back stands before what takes its place.
    """
    reads = _Reads(token, leave)
    wanted = session_figures.rows(reads.numbered(extents))
    pieces = [f"SELECT *, toInt64(1) AS weight FROM ({wanted})"]
    pieces += [reads.standing(one) for one in extents]
    return Statement(
        f"""
        INSERT INTO trellis.session_rows ({NAMES}, sign)
        SETTINGS max_insert_threads = 1, min_insert_block_size_rows = 1000000000,
            min_insert_block_size_bytes = 0, max_bytes_before_external_group_by = 1000000000,
            max_bytes_before_external_sort = 1000000000
        SELECT {NAMES}, toInt8(sign(total)) AS sign
        FROM
        (
            SELECT {NAMES}, sum(weight) AS total FROM ({" UNION ALL ".join(pieces)})
            GROUP BY {NAMES}
            HAVING total != 0
        )
        ARRAY JOIN range(abs(total)) AS copy
        ORDER BY organization_id, is_long, start_date, track, start, part, sign""",
        reads.binder.parameters,
    )


TOUCH = """
INSERT INTO trellis.session_ranges (token, organization_id, track, is_sent, lo, hi)
SELECT {token:String}, organization_id, session_track, session_id != '' AS sent,
    min(event_time), max(event_time)
FROM trellis.analytics_events
WHERE organization_id = {organization_id:String} AND event_date IN {days:Array(Date)}
  AND session_track % {slices:UInt64} = {slice:UInt64}
GROUP BY organization_id, session_track, sent
"""


def touch(
    token: str, organization_id: str, days: Sequence[date], slice_of: tuple[int, int]
) -> Statement:
    """Return what touches every track that has events on these days.

    `slice_of` is (which, of how many): a share of the tracks, where all would be too many.
    """
    which, slices = slice_of
    values = {"token": token, "organization_id": organization_id, "days": list(days)}
    return Statement(TOUCH, values | {"slices": slices, "slice": which})


TOUCH_OF_VISITOR = """
INSERT INTO trellis.session_ranges (token, organization_id, track, is_sent, lo, hi)
SELECT {token:String}, organization_id, session_track, session_id != '' AS sent,
    min(event_time), max(event_time)
FROM trellis.analytics_events
WHERE organization_id = {organization_id:String}
  AND visitor_hash = cityHash64({visitor_id:String}) AND visitor_id = {visitor_id:String}
GROUP BY organization_id, session_track, sent
"""
TOUCH_OF_TRACKS = """
INSERT INTO trellis.session_ranges (token, organization_id, track, is_sent, lo, hi)
SELECT {token:String}, organization_id, session_track, session_id != '' AS sent,
    min(event_time), max(event_time)
FROM trellis.analytics_events
WHERE organization_id = {organization_id:String} AND session_track IN {tracks:Array(UInt64)}
  AND event_time <= {until:DateTime64(3, 'UTC')}
GROUP BY organization_id, session_track, sent
"""


def touch_visitor(token: str, organization_id: str, visitor_id: str) -> Statement:
    """Return what touches every track that has events of a visitor."""
    values = {"token": token, "organization_id": organization_id, "visitor_id": visitor_id}
    return Statement(TOUCH_OF_VISITOR, values)


def touch_tracks(
    token: str, organization_id: str, tracks: Sequence[int], until: datetime
) -> Statement:
    """Return what touches these tracks where they have events up to a time."""
    values = {"token": token, "organization_id": organization_id, "tracks": list(tracks)}
    return Statement(TOUCH_OF_TRACKS, values | {"until": until})
