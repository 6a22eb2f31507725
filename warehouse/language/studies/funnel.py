"""A funnel: how many visitors get from step to step, how long it takes, and where they stay."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from warehouse.language.query import Query, Window
from warehouse.language.spans import told
from warehouse.language.study import Match

ORDERED, STRICT, ANY = "ordered", "strict", "any"
ORDERS = {
    ORDERED: "any later event may serve the next step",
    STRICT: "each step must be the very next event of all",
    ANY: "steps may come in any order",
}
FIRST, LAST, EACH = "first_touch", "last_touch", "all"
ATTRIBUTIONS = {
    FIRST: "the event of its first step",
    LAST: "the event of the last step it reached",
    EACH: "all events: each value is judged by the events that have it, as if there were no others",
}
VISITOR, SESSION, CLICK = "visitor", "session", "click"
COUNTED = (VISITOR, SESSION, CLICK)
OF_SESSIONS = ("landing_page",)
"""Any field of sessions does: it makes every event stand beside its session."""


@dataclass(frozen=True, slots=True)
class Step:
    """What must happen; an `optional` step is counted where it does, and may be passed over."""

    match: Match
    label: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What must not happen between the rows of two steps, given by their places from 0."""

    match: Match
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """What is asked of a funnel.

    `within` is the longest time from the first step to the last. `times` are told where wanted,
    and put into so many `bins` where there are any. What has not ended at `asked` is open.
    """

    steps: tuple[Step, ...]
    span: Window
    within: timedelta
    order: str = ORDERED
    counted: str = VISITOR
    exclusions: tuple[Exclusion, ...] = ()
    after_range: bool = False
    attribution: str = FIRST
    times: bool = True
    bins: int = 0
    asked: datetime | None = None

    kind = "funnel"

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every kind of event, once: those of steps, then those that are excluded."""
        steps = (one.match for one in self.steps)
        return tuple(dict.fromkeys((*steps, *(one.match for one in self.exclusions))))

    @property
    def fields(self) -> tuple[str, ...]:
        """What is read besides."""
        return OF_SESSIONS if self.of_sessions else ()

    @property
    def of_sessions(self) -> bool:
        """Whether sessions are judged instead of visitors."""
        return self.counted == SESSION

    @property
    def chain(self) -> tuple[int, ...]:
        """The places of the steps that must be reached one after the other."""
        return tuple(place for place, step in enumerate(self.steps) if not step.optional)

    @property
    def chained(self) -> tuple[int, ...]:
        """Which of the matches each step of the chain is."""
        return tuple(self.matches.index(self.steps[place].match) for place in self.chain)

    @property
    def within_ms(self) -> int:
        """The longest time of a run in milliseconds."""
        return self.within // timedelta(milliseconds=1)

    def canonical(self) -> "Funnel":
        """Return the same funnel, whenever it was asked."""
        return replace(self, asked=None)

    def definition(self, query: Query) -> str:
        """Return in words what is counted."""
        later = "also after it" if self.after_range else "inside it too"
        parts = [
            f"Each {self.counted} counts once, by its run that gets furthest, the first of these.",
            f"A run starts inside the range with an event of {self._start()} and has"
            f" {told(self.within)} from there, the last moment included; later events count"
            f" {later}. Order {self.order}: {ORDERS[self.order]}. One event serves one step.",
            "A rate is of the first step, a step's rate and times are of the step before;"
            " still_open are those whose time has not run out yet, dropped the others.",
        ]
        if len(self.chain) < len(self.steps):
            parts.append("Optional steps count where they happen on the way and hold up nobody.")
        if self.exclusions:
            parts.append(
                "A run is spoiled by an excluded event between its two steps, or until its time"
                " runs out where the second is not reached; whose runs are all spoiled counts"
                " nowhere."
            )
        if query.dimensions:
            parts.append(f"A breakdown's value is that of {ATTRIBUTIONS[self.attribution]}.")
        if query.granularity:
            parts.append(f"The time is the {query.granularity} in which the run starts.")
        return " ".join(parts)

    def _start(self) -> str:
        return "any step" if self.order == ANY else f"step 1, {self.steps[0].label}"
