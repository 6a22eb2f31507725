"""Each visitor's touchpoints and conversions, in order: what attribution and journeys read.

A touchpoint starts a session or carries campaign parameters. Sessions know the instants at which
they start, so nothing is sorted to find those; of several events of one session at that instant
the first is the start. Events are in order of time, then arrival, then id.
"""

from warehouse.planner.plan import Plan
from warehouse.sql import rows
from warehouse.sql.binder import Asked, Binder
from warehouse.sql.moments import EPOCH, MILLISECOND
from warehouse.sql.studies.histories import MOMENT, Histories

CARRIES = "(campaign_id != '' OR click_id != '' OR term != '' OR content != '')"
DIRECT = (
    "(lower(channel) = 'direct' OR channel = '' AND campaign_id = '' AND"
    " lower(source) IN ('', 'direct', '(direct)')"
    " AND lower(medium) IN ('', 'none', '(none)', '(not set)'))"
)
"""What is direct: as its channel says, or where that says nothing, what nothing is known of."""
PARTS = {
    "at": MOMENT,
    "received": "toUnixTimestamp64Milli(received_at)",
    "id": "event_id",
    "starts": "starts",
    "carries": CARRIES,
    "converts": "converts",
    "points": "toInt64(toDecimal128(conversion_value, 4) * 10000)",
    "track": "session_track",
}
"""What is kept of each event, in the order that sorts them; more may stand behind."""


CONVERTING = "HAVING max(converts)"


class Touchpoints:
    """The touchpoints of `plan` while its statement is written.

    `begin` is the instant at which its window begins; before it there are only touchpoints.
    """

    def __init__(self, plan: Plan, binder: Binder) -> None:
        self.histories = Histories(plan, binder)
        self.binder = binder
        self.begin = binder.bind("begin", "Int64", _begin)
        self._starts = rows.starts(self.histories.clock, binder)

    def visitors(self, parts: dict[str, str], whose: str, *, few: bool) -> str:
        """Return one row a visitor: a list `all_NAME` for every part of its events, in order.

        `touches` says which are touchpoints. `whose` is a condition on events, which `few`
        visitors fulfil.
        """
        held = PARTS | parts
        columns = [f"history.{place} AS all_{name}" for place, name in enumerate(held, 1)]
        first = "arrayEnumerateUniq(history.1, history.8)"
        touches = (
            f"arrayMap((s, c, n) -> toUInt8(c OR (s AND n = 1)), history.4, history.5, {first})"
        )
        return (
            f"SELECT visitor_hash, {', '.join(columns)}, {touches} AS touches"
            f" FROM ({self._grouped(held, whose, few=few)})"
        )

    def converters(self) -> str:
        """Return the condition on events that they are of somebody who converts."""
        within = (*self.histories.within, self._recent(), f"{MOMENT} >= {self.begin}")
        converting = " AND ".join((*within, self.histories.matches[0]))
        return (
            f"visitor_hash IN (SELECT visitor_hash FROM {self.histories.source} WHERE {converting})"
        )

    def converters_and_recent(self) -> str:
        """Return the condition on events that they are of a converter or of the window's days."""
        return f"({self._recent()} OR {self.converters()})"

    def value(self, dimension: str) -> str:
        """Return a dimension's value as text, '' for none."""
        stored = self.histories.stored(dimension)
        return f"CAST(ifNull(toString({stored}), ''), 'String')"

    def _grouped(self, held: dict[str, str], whose: str, *, few: bool) -> str:
        """Return one row a visitor: its `history`.

        Events of few visitors are told apart once they are grouped: as a condition, what tells
        them apart would be read of everybody.
        """
        conversion = self.histories.matches[0]
        told = (
            f"cityHash64(session_track, {MOMENT}) IN ({self._starts}) AS starts,"
            f" ({MOMENT} >= {self.begin} AND {conversion}) AS converts"
        )
        matters, event = f"(starts OR {CARRIES} OR converts)", f"({', '.join(held.values())})"
        events = f"groupArrayIf({event}, {matters})" if few else f"groupArray({event})"
        wanted = [*self.histories.within, whose, *(() if few else (matters,))]
        return (
            f"WITH {told} SELECT visitor_hash, arraySort({events}) AS history"
            f" FROM {self.histories.source} WHERE {' AND '.join(wanted)} GROUP BY visitor_hash"
        )

    def _recent(self) -> str:
        return f"event_date >= {self.binder.bind('begin_day', 'Date', _begin_day)}"


def _begin_day(asked: Asked) -> str:
    return asked.query.window.start.date().isoformat()


def _begin(asked: Asked) -> int:
    return -((EPOCH - asked.query.window.start) // MILLISECOND)
