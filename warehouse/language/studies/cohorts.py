"""What a question about cohorts asks: who began in a period, and what they did in later ones."""

from dataclasses import dataclass
from datetime import UTC, datetime

from warehouse.language.periods import EARLIEST
from warehouse.language.query import Query, Window
from warehouse.language.study import Match
from warehouse.language.zones import day_start

UNITS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
RETENTION, EVENTS, CONVERSIONS, REVENUE = "retention", "events", "conversions", "revenue"
METRICS = (RETENTION, CONVERSIONS, REVENUE, EVENTS)
RECURRING, IN_RANGE, EVER = "recurring", "first_in_range", "first_ever"
RETENTION_TYPES = (RECURRING, IN_RANGE, EVER)
COUNTED = {
    RETENTION: "of them, those who did {back} in the period",
    CONVERSIONS: "conversions of theirs among {back} in the period",
    REVENUE: "the revenue of {back} of theirs in the period",
    EVENTS: "how often they did {back} in the period",
}
JOINED = {
    RECURRING: "in every period in which they did {start}",
    IN_RANGE: "in the period of their first {start} within the cohorts shown",
    EVER: "in the period of their first {start} in all data",
}


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Cohorts of visitors, one for each of the first `count` periods, followed for `periods`.

    `begins` are the Unix seconds at which periods begin, one behind the other, and as the last the
    end of the last one; there are as many as are told apart, which may be more than are shown.
    The first `ended` of them were over when the question was read. `until` is the second up to
    which events are read: `cumulative` looks beyond what is shown.
    """

    cohort_type: str
    metric: str
    begins: tuple[int, ...]
    count: int
    periods: int
    ended: int
    until: int
    start: Match
    back: Match
    retention_type: str = RECURRING
    cumulative: bool = False
    minimum: int = 1

    @property
    def kind(self) -> str:
        """The report kind it belongs to."""
        return "cohorts"

    @property
    def window(self) -> Window:
        """All periods of the cohorts themselves."""
        return Window(_moment(self.begins[0]), _moment(self.begins[self.count]))

    @property
    def span(self) -> Window:
        """Return the stretch of time whose events are read."""
        first = day_start(EARLIEST, "UTC") if self.retention_type == EVER else self.window.start
        return Window(first, _moment(self.until))

    @property
    def matches(self) -> tuple[Match, ...]:
        """What begins a cohort, and what is a return."""
        return (self.start, self.back)

    @property
    def fields(self) -> tuple[str, ...]:
        """No fields but those of its matches."""
        return ()

    @property
    def of_sessions(self) -> bool:
        """No session is told apart."""
        return False

    def canonical(self) -> "Cohorts":
        """Return itself: when it was asked is told by how many periods had ended."""
        return self

    def definition(self, query: Query) -> str:
        """Return in words what is counted."""
        unit, back = UNITS[self.cohort_type], _told(self.back)
        said = [
            f"A cohort is the visitors of one {unit} of {query.timezone}:"
            f" they count {JOINED[self.retention_type].format(start=_told(self.start))}.",
            f"Period 0 is that {unit}, period 1 the next, and so on.",
            f"value: {COUNTED[self.metric].format(back=back)}.",
        ]
        if self.metric == RETENTION:
            said.append("Period 0 is the whole cohort.")
        else:
            said.append("Period 0 includes what came before the event that began it.")
        if self.minimum > 1:
            said.append(f"They must have done so at least {self.minimum} times in one period.")
        if self.cumulative:
            said.append("A return in any later period counts too, shown or not.")
        return " ".join((*said, "rate: value / size. mature: the period has ended."))


def _told(match: Match) -> str:
    name = "any event" if match.event is None else f"the event {match.event}"
    return f"{name} that its filters let through" if match.where else name


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
