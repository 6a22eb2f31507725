"""Asks the event store how far each visitor gets in a funnel, and sums that up.

From the inside out: the rows of each visitor that match; the visitor's best run; counts, times and
open runs of all visitors together. Whoever SQL alone cannot judge (`hard`) comes in a row of his
own with his rows, and is judged in Python. Columns stand as `layout` says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warehouse.language.query import Query
from warehouse.language.studies.funnel import (
    ANY,
    CLICK,
    EACH,
    LAST,
    ORDERED,
    SESSION,
    STRICT,
    Funnel,
)
from warehouse.planner.grain import steady
from warehouse.planner.plan import Plan
from warehouse.sql import moments
from warehouse.sql.binder import Binder, Template
from warehouse.sql.moments import Clock
from warehouse.sql.studies import runs
from warehouse.sql.studies.histories import MOMENT, Histories

WHO = {
    SESSION: "cityHash64(joined_track, session_start)",
    CLICK: "cityHash64(click_id)",
}
MILLISECOND = 1000
EAGER = "SETTINGS short_circuit_function_evaluation = 'disable'"
"""Leaving out what is not needed of each visitor takes twice the time of working it all out."""
MARK = 32
"""A time that a step took is one number: milliseconds, and below that the step's place."""
TOUCHED = 5
"""Where in a touch its values begin: behind moment, arrival, id and mask."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row of the statement what stands; each is a slice of the row, `who` comes first.

    `counts` is an array by step; so are `opened` and `sums`, without the first. `times` is text: of
    each visitor and step the milliseconds, marked by the step. `rows` are those of a hard visitor,
    `touches` what his events say of the breakdown. Where all are judged nothing is counted.
    """

    keys: slice
    counts: slice
    opened: slice
    sums: slice
    times: slice
    rows: slice
    touches: slice


def layout(query: Query, funnel: Funnel) -> Layout:
    """Return where what stands in the rows of the statement."""
    summed = not judged(funnel)
    times = summed and funnel.times
    keys = bool(query.granularity) + len(query.dimensions)
    slices, at = [], 1
    for width in (keys, summed, summed, times, times, 1, touched(query, funnel)):
        slices.append(slice(at, at + width))
        at += width
    return Layout(*slices)


def judged(funnel: Funnel) -> bool:
    """Return whether every visitor is judged in Python."""
    return funnel.order != ORDERED


def touched(query: Query, funnel: Funnel) -> bool:
    """Return whether the breakdown is of one event of the run."""
    return bool(query.dimensions) and funnel.attribution != EACH


def build(plan: Plan) -> Template:
    """Return the statement of a funnel."""
    study = plan.query.study
    if not isinstance(study, Funnel):
        raise TypeError(type(study).__name__)
    return _Funnel(plan, study).template()


class _Funnel:
    """The statement of one funnel while it is written."""

    def __init__(self, plan: Plan, funnel: Funnel) -> None:
        self.query, self.funnel = plan.query, funnel
        self.binder = Binder()
        self.histories = Histories(plan, self.binder)
        self.packing = runs.packing(funnel)

    def template(self) -> Template:
        """Return the whole."""
        text = self._judged() if judged(self.funnel) else self._summed(self._run())
        return self.binder.template(f"{text}\n{EAGER}")

    def _gathered(self) -> str:
        """Return each visitor's rows, sorted, and what its events say of the breakdown."""
        tests = self.histories.matches
        row = self.packing.row(MOMENT, _mask(tests))
        who = WHO.get(self.funnel.counted, "visitor_hash")
        columns = [f"{who} AS who", f"arraySort(groupArray({row})) AS rows0", *self._values()]
        return " ".join(
            (
                f"SELECT {', '.join(columns)}",
                f"FROM {self.histories.source} WHERE {' AND '.join(self._within())}",
                f"GROUP BY {', '.join(('who', *self._each()))}",
            )
        )

    def _within(self) -> list[str]:
        """Return the conditions of what is read: without need, only events that match."""
        found = [*self.histories.within]
        if self.funnel.order != STRICT:
            found.append(f"({' OR '.join(self.histories.matches)})")
        if self.funnel.counted == SESSION:  # an event that has just come may precede its session
            found.append("event_time <= session_finish")
        if self.funnel.counted == CLICK:
            found.append("click_id != ''")
        return found

    def _values(self) -> list[str]:
        """Return what events say of the breakdown."""
        stored = [self.histories.stored(name) for name in self.query.dimensions]
        if self.funnel.attribution == EACH:
            return [f"{value} AS v{index}" for index, value in enumerate(stored)]
        if not stored:
            return []
        count = len({step.match for step in self.funnel.steps})
        mask = _mask(self.histories.matches[:count])
        touch = f"tuple({MOMENT}, received_at, event_id, {mask}, {', '.join(stored)})"
        return [f"arraySort(groupArray({touch})) AS touches"]

    def _each(self) -> list[str]:
        count = len(self.query.dimensions) if self.funnel.attribution == EACH else 0
        return [f"v{index}" for index in range(count)]

    def _packed(self, name: str, moment: Callable[[Query], int]) -> str:
        """Return the placeholder of a stretch or point of time, as rows are numbered."""
        shift, kind = self.packing.bits, self.packing.kind
        return self.binder.bind(name, kind, lambda asked: moment(asked.query) << shift)

    def _edge(self) -> str | None:
        return self._packed("edge", edge) if self.funnel.after_range else None

    def _judged(self) -> str:
        """Return everybody who has a start, with his rows."""
        bits = sum(1 << match for match in set(self.funnel.chained))
        bit = bits if self.funnel.order == ANY else 1 << self.funnel.chained[0]
        before = self._edge()
        held = f"bitAnd(x, {bit}) != 0" + (f" AND x < {before}" if before else "")
        keys = ["0"] * bool(self.query.granularity)
        keys += self._each() or ["0"] * len(self.query.dimensions)
        more = ["touches"] if touched(self.query, self.funnel) else []
        return (
            f"SELECT {', '.join(('who', *keys, 'rows0', *more))} FROM ({self._gathered()})"
            f" WHERE arrayExists(x -> {held}, rows0)"
        )

    def _run(self) -> str:
        """Return each visitor's best run, and whether it can be told so."""
        within = self._packed("within", lambda _: self.funnel.within_ms)
        found = runs.Runs(self.funnel, within, self._edge())
        return runs.levels(self._gathered(), found.best())

    def _summed(self, each: str) -> str:
        keys = [f"if(hard, 0, {key})" for key in self._time()] + self._kept_values()
        grouped = [f"k{index}" for index in range(len(keys))]
        columns = ["if(hard, who, 0) AS h"]
        columns += [f"{key} AS {name}" for key, name in zip(keys, grouped, strict=True)]
        columns += [*self._counted(), "anyIf(rows0, hard)"]
        columns += ["anyIf(touches, hard)"] if touched(self.query, self.funnel) else []
        by = ", ".join(("h", *grouped))
        order = " ORDER BY h = 0" if self.query.dimensions else ""
        return (
            f"SELECT {', '.join(columns)} FROM ({each}) WHERE hard OR f0 > 0 GROUP BY {by}{order}"
        )

    def _counted(self) -> list[str]:
        """Return how many reached each step and may still; how long that took, in sum and each."""
        reached, before = runs.reached(self.funnel)
        pair = f"{before}, arrayPopFront({reached})"
        until = self.binder.bind("open", "Int64", lambda _: opened_after(self.query, self.funnel))
        found = [
            f"sumForEach(arrayMap(x -> x > 0, {reached}))",
            f"sumForEach(arrayMap((x, y) -> x > 0 AND y = 0 AND f0 > {until}, {pair}))",
        ]
        if self.funnel.times:
            waits = f"arrayMap((x, y) -> if(y > 0, y - x, 0), {pair})"
            marked = f"arrayMap((x, y) -> x * {MARK} + y, {waits}, arrayEnumerate({waits}))"
            each = f"groupArrayArray(arrayFilter(x -> x >= {MARK}, {marked}))"
            found += [f"sumForEach({waits})", _encoded(each)]
        return found

    def _time(self) -> list[str]:
        if self.query.granularity is None:
            return []
        clock = Clock(f"intDiv(f0, {MILLISECOND})", steady=steady(self.query, self.query.read))
        return [moments.bucket(self.query.granularity, clock, self.binder)]

    def _kept_values(self) -> list[str]:
        """Return the values of the breakdown that a run has."""
        count = len(self.query.dimensions)
        if self.funnel.attribution == EACH:
            return [f"v{index}" for index in range(count)]
        if not count:
            return []
        at, bit = "f0", f"{1 << self.funnel.chained[0]}"
        if self.funnel.attribution == LAST:
            bits = [str(1 << match) for match in self.funnel.chained]
            at, bit = "arrayMax(way)", f"[{', '.join(bits)}][arrayCount(x -> x > 0, way)]"
        touch = f"arrayFirst(t -> t.1 = {at} AND bitAnd(t.4, {bit}) > 0, touches)"
        return [f"{touch}.{TOUCHED + index}" for index in range(count)]


def _mask(tests: Sequence[str]) -> str:
    """Return which matches an event is of, a bit for each."""
    return " + ".join(f"{1 << index} * {test}" for index, test in enumerate(tests))


def edge(query: Query) -> int:
    """Return the end of the range, in milliseconds rounded up."""
    return -((moments.EPOCH - query.window.end) // moments.MILLISECOND)


def opened_after(query: Query, funnel: Funnel) -> int:
    """Return the moment after which a run must have started to be open still.

    Nobody's is where the range is over, unless later events count too.
    """
    asked = funnel.asked
    if asked is None or (not funnel.after_range and asked >= query.window.end):
        return 2**62
    return round(((asked - moments.EPOCH) - funnel.within).total_seconds() * MILLISECOND) - 1


def _encoded(array: str) -> str:
    """Return an array of times as text, which takes a quarter of the memory of a list."""
    return f"arrayStringConcat(arrayMap(x -> toString(x), {array}), ' ')"
