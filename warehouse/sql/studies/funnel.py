"""Asks the event store how far each visitor gets in a funnel, and sums that up.

From the inside out: the moments of each visitor's events by match; the visitor's best run; counts,
times and open runs of all visitors together. Whoever SQL alone cannot judge (`hard`) comes in a row
of his own with his moments, and is judged in Python. Columns stand as `layout` says.
"""

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
TOUCHED = 5
"""Where in a touch its values begin: behind moment, arrival, id and mask."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row of the statement what stands; each is a slice of the row, `who` comes first.

    `times` and `sums` have a place for each step but the first. `moments` are those of a hard
    visitor by match, `rows` his rows, `touches` what his events say of the breakdown.
    """

    keys: slice
    counts: slice
    opened: slice
    sums: slice
    times: slice
    moments: slice
    rows: slice
    touches: slice


def layout(query: Query, funnel: Funnel) -> Layout:
    """Return where what stands in the rows of the statement."""
    steps, later = len(funnel.steps), (len(funnel.steps) - 1) * funnel.times
    widths = (
        bool(query.granularity) + len(query.dimensions),
        steps,
        steps - 1,
        later,
        later,
        len(funnel.matches),
        packed(funnel),
        touched(query, funnel),
    )
    slices, at = [], 1
    for width in widths:
        slices.append(slice(at, at + width))
        at += width
    return Layout(*slices)


def judged(funnel: Funnel) -> bool:
    """Return whether every visitor is judged in Python."""
    return funnel.order != ORDERED


def overlapping(funnel: Funnel) -> bool:
    """Return whether one event may be of several matches of steps."""
    names = [match.event for match in dict.fromkeys(step.match for step in funnel.steps)]
    return None in names or len(set(names)) < len(names)


def packed(funnel: Funnel) -> bool:
    """Return whether rows are needed as such, each with all of its matches."""
    return judged(funnel) or overlapping(funnel)


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
        self.within = self.binder.bind("within", "Int64", lambda _: funnel.within_ms)
        self.names = runs.names(funnel)

    def template(self) -> Template:
        """Return the whole."""
        text = self._summed(self._judged() if judged(self.funnel) else self._run())
        return self.binder.template(text)

    def _gathered(self) -> str:
        """Return each visitor's moments by match, sorted; who has no start is left out."""
        tests = self.histories.matches
        columns = [f"{WHO.get(self.funnel.counted, 'visitor_hash')} AS who"]
        columns += [
            f"arraySort(groupArrayIf({MOMENT}, {test})) AS b{index}"
            for index, test in enumerate(tests)
        ]
        if packed(self.funnel):
            mask = self._mask()
            wanted = "1" if self.funnel.order == STRICT else f"({mask}) > 0"
            row = f"toUInt64({MOMENT}) * {runs.MASK} + ({mask})"
            columns.append(f"arraySort(groupArrayIf({row}, {wanted})) AS rows")
        return " ".join(
            (
                f"SELECT {', '.join((*columns, *self._values()))}",
                f"FROM {self.histories.source} WHERE {' AND '.join(self._within())}",
                f"GROUP BY {', '.join(('who', *self._each()))} HAVING notEmpty(starts)",
            )
        )

    def _mask(self) -> str:
        """Return which of the steps' matches an event is of, a bit for each; they come first."""
        count = len({step.match for step in self.funnel.steps})
        tests = self.histories.matches[:count]
        return " + ".join(f"{1 << index} * {test}" for index, test in enumerate(tests))

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
        """Return what events say of the breakdown, and the moments at which a run may start."""
        found = [f"{self._starts()} AS starts"]
        stored = [self.histories.stored(name) for name in self.query.dimensions]
        if self.funnel.attribution == EACH:
            found += [f"{value} AS v{index}" for index, value in enumerate(stored)]
        elif stored:
            order = f"{MOMENT}, received_at, event_id"
            touch = f"tuple({order}, {self._mask()}, {', '.join(stored)})"
            found.append(f"arraySort(groupArray({touch})) AS touches")
        return found

    def _each(self) -> list[str]:
        count = len(self.query.dimensions) if self.funnel.attribution == EACH else 0
        return [f"v{index}" for index in range(count)]

    def _starts(self) -> str:
        """Return the moments of the first step, or of any, that lie inside the range."""
        places = self.funnel.chained
        arrays = [f"b{match}" for match in dict.fromkeys(places)]
        any_ = f"arraySort(arrayConcat({', '.join(arrays)}))"
        every = any_ if self.funnel.order == ANY else f"b{places[0]}"
        if not self.funnel.after_range:
            return every
        bound = self.binder.bind("edge", "Int64", lambda asked: edge(asked.query))
        return f"arrayFilter(x -> x < {bound}, {every})"

    def _judged(self) -> str:
        none = ", ".join(f"toInt64(0) AS {name}" for name in self.names[1:])
        first = f"starts[1] AS {self.names[0]}"
        return f"SELECT *, {first}, {none}, 1 AS hard FROM ({self._gathered()})"

    def _run(self) -> str:
        """Return each visitor's best run, and whether it can be told so."""
        funnel, within = self.funnel, self.within
        tied = runs.tied(funnel, overlapping=overlapping(funnel))
        lengths = " + ".join(f"length(b{match})" for match in dict.fromkeys(funnel.chained))
        several = [
            *runs.first_run(funnel, within),
            [f"{runs.cut_short(funnel)} AS short", f"{tied} AS tie", f"{lengths} AS many"],
            [f"tie OR (short AND length(starts) * many > {runs.MOST_TRIED}) AS unclear"],
            ["short AND NOT unclear AS cut"],
            *runs.all_runs(funnel, within),
            runs.best_run(funnel),
            *runs.optional(funnel, within),
            [f"unclear OR {runs.spoiled(funnel, within)} AS hard"],
        ]
        return runs.levels(self._gathered(), several)

    def _summed(self, each: str) -> str:
        funnel, names = self.funnel, self.names
        keys = [f"if(hard, 0, {key})" for key in self._time()] + self._kept_values()
        grouped = [f"k{index}" for index in range(len(keys))]
        columns = ["if(hard, who, 0) AS h"]
        columns += [f"{key} AS {name}" for key, name in zip(keys, grouped, strict=True)]
        columns += [f"countIf({name} > 0)" for name in names]
        columns += self._opened()
        if funnel.times:
            columns += [f"sumIf({now} - {then}, {now} > 0)" for then, now in self._pairs()]
            columns += [
                _encoded(f"groupArrayIf({now} - {then}, {now} > 0)") for then, now in self._pairs()
            ]
        columns += [f"anyIf(b{index}, hard)" for index in range(len(funnel.matches))]
        columns += ["anyIf(rows, hard)"] if packed(funnel) else []
        columns += ["anyIf(touches, hard)"] if touched(self.query, funnel) else []
        by = ", ".join(("h", *grouped))
        return f"SELECT {', '.join(columns)} FROM ({each}) GROUP BY {by}\n{EAGER}"

    def _pairs(self) -> list[tuple[str, str]]:
        """Return each later step's moment behind that of the step of the chain before it."""
        found, before = [], self.names[0]
        for name, step in zip(self.names[1:], self.funnel.steps[1:], strict=True):
            found.append((before, name))
            before = before if step.optional else name
        return found

    def _opened(self) -> list[str]:
        """Return how many may still get to each step but the first."""
        until = self.binder.bind("open", "Int64", lambda _: opened_after(self.query, self.funnel))
        is_open = f"{self.names[0]} > {until}"
        return [f"countIf({then} > 0 AND {now} = 0 AND {is_open})" for then, now in self._pairs()]

    def _time(self) -> list[str]:
        if self.query.granularity is None:
            return []
        clock = Clock(
            f"intDiv({self.names[0]}, {MILLISECOND})", steady=steady(self.query, self.query.read)
        )
        return [moments.bucket(self.query.granularity, clock, self.binder)]

    def _kept_values(self) -> list[str]:
        """Return the values of the breakdown that a run has."""
        count = len(self.query.dimensions)
        if self.funnel.attribution == EACH:
            return [f"v{index}" for index in range(count)]
        if not count:
            return []
        at, bit = self.names[0], f"{1 << self.funnel.chained[0]}"
        if self.funnel.attribution == LAST:
            chain = [f"f{index}" for index in range(len(self.funnel.chain))]
            at = f"arrayMax([{', '.join(chain)}])"
            bits = [str(1 << match) for match in self.funnel.chained]
            depth = " + ".join(f"({name} > 0)" for name in chain)
            bit = f"[{', '.join(bits)}][{depth}]"
        touch = f"arrayFirst(t -> t.1 = {at} AND bitAnd(t.4, {bit}) > 0, touches)"
        return [f"{touch}.{TOUCHED + index}" for index in range(count)]


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
