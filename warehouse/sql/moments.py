"""How time is told in SQL: a row's bucket, its hour and weekday, and the bounds of a window.

Zones are worked out by the language, so the engine never needs to know one: it gets the Unix
seconds at which buckets begin, or how far clocks are ahead of UTC from which second on.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from warehouse.language import buckets, zones
from warehouse.language.comparison import pairs
from warehouse.language.query import Query, Window
from warehouse.sql.binder import Asked, Binder, Read

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOWHEN = -1
"""The bucket of an earlier window's rows that has no counterpart in the window asked for."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How a branch tells time: `second` is the SQL of a row's Unix second.

    `steady` says that clocks are not turned in the window, which makes most of it plain
    arithmetic. `previous` takes the window that is compared with. `joined` rows are events, each
    beside a session.
    """

    second: str
    steady: bool
    previous: bool = False
    joined: bool = False

    def window(self, query: Query) -> Window:
        """Return the stretch of time that this is about."""
        return query.previous if self.previous and query.previous else query.read


def bucket(granularity: str, clock: Clock, binder: Binder) -> str:
    """Return the Unix second at which a row's bucket begins; an earlier window's are moved."""
    found = _begin(granularity, clock, binder)
    if not clock.previous:
        return found
    theirs = binder.bind(("theirs", granularity), "Array(Int64)", _pairs(0))
    ours = binder.bind(("ours", granularity), "Array(Int64)", _pairs(1))
    return f"transform({found}, {theirs}, {ours}, toInt64({NOWHEN}))"


def hour_of_day(clock: Clock, binder: Binder) -> str:
    """Return the hour that the clock shows."""
    return f"toUInt8(intDiv({_local(clock, binder)}, 3600) % 24)"


def weekday(clock: Clock, binder: Binder) -> str:
    """Return the day of the week, Monday as 1; 1 January 1970 was a Thursday."""
    return f"toUInt8((intDiv({_local(clock, binder)}, 86400) + 3) % 7 + 1)"


def milliseconds(clock: Clock, edge: str, binder: Binder) -> str:
    """Return an edge of the window, `start` or `end`, in milliseconds rounded up."""

    def read(asked: Asked) -> int:
        window = clock.window(asked.query)
        moment = window.start if edge == "start" else window.end
        return -((EPOCH - moment) // MILLISECOND)

    return binder.bind(("milliseconds", clock.previous, edge), "Int64", read)


def day(clock: Clock, edge: str, binder: Binder, *, shift: int = 0) -> str:
    """Return the UTC day of the first or last moment of the window, `shift` days later."""

    def read(asked: Asked) -> str:
        window = clock.window(asked.query)
        moment = window.start if edge == "start" else window.end - MILLISECOND
        return (moment + timedelta(days=shift)).date().isoformat()

    return binder.bind(("day", clock.previous, edge, shift), "Date", read)


def _begin(granularity: str, clock: Clock, binder: Binder) -> str:
    step = buckets.CLOCK.get(granularity, 86_400 if granularity == "day" else None)
    if step and clock.steady:
        offset = _offset(clock, binder)
        return f"(intDiv({clock.second} + {offset}, {step}) * {step} - {offset})"
    if granularity not in buckets.CLOCK:
        starts = binder.bind(
            ("starts", clock.previous, granularity), "Array(Int64)", _starts(granularity, clock)
        )
        return f"roundDown({clock.second}, {starts})"
    offset, piece = _offset(clock, binder), _piece(clock, binder)
    return f"greatest(intDiv({clock.second} + {offset}, {step}) * {step} - {offset}, {piece})"


def _local(clock: Clock, binder: Binder) -> str:
    return f"({clock.second} + {_offset(clock, binder)})"


def _offset(clock: Clock, binder: Binder) -> str:
    """Return how many seconds the clock is ahead of UTC at a row's second."""
    if clock.steady:

        def read(asked: Asked) -> int:
            return _segments(clock, asked)[0].offset

        return binder.bind(("offset", clock.previous), "Int64", read)
    offsets = binder.bind(
        ("offsets", clock.previous),
        "Array(Int64)",
        lambda asked: [piece.offset for piece in _segments(clock, asked)],
    )
    return f"transform({_piece(clock, binder)}, {_begins(clock, binder)}, {offsets}, toInt64(0))"


def _piece(clock: Clock, binder: Binder) -> str:
    return f"roundDown({clock.second}, {_begins(clock, binder)})"


def _begins(clock: Clock, binder: Binder) -> str:
    return binder.bind(
        ("begins", clock.previous),
        "Array(Int64)",
        lambda asked: [piece.start for piece in _segments(clock, asked)],
    )


def _segments(clock: Clock, asked: Asked) -> list[buckets.Segment]:
    return buckets.segments(clock.window(asked.query), asked.query.timezone)


def _starts(granularity: str, clock: Clock) -> Read:
    def read(asked: Asked) -> list[int]:
        query = asked.query
        window, zone = clock.window(query), query.timezone
        return list(buckets.starts(window, granularity, zone, query.week_start))

    return read


def _pairs(side: int) -> Read:
    """Read where the earlier window's buckets begin, or those they are compared with."""

    def read(asked: Asked) -> list[int]:
        return [pair[side] for pair in pairs(asked.query)]

    return read


def day_start(text: str, zone: str, *, shift: int = 0) -> int:
    """Return the Unix second at which a day, written YYYY-MM-DD, begins in `zone`."""
    moment = datetime.fromisoformat(text).date() + timedelta(days=shift)
    return int(zones.day_start(moment, zone).timestamp())
