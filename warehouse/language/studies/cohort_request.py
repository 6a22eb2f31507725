"""Reads a question about cohorts, or says everything that is wrong with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from warehouse.language import buckets
from warehouse.language.body import Body
from warehouse.language.matches import Matches
from warehouse.language.parse import NO_WINDOW
from warehouse.language.query import Query
from warehouse.language.studies import cohorts
from warehouse.language.studies.cohort_periods import AHEAD, Calendar
from warehouse.language.studies.cohorts import RETENTION, Cohorts
from warehouse.language.study import Match

KEYS: Final = (
    "cohort_type",
    "metric",
    "periods",
    "start_event",
    "return_event",
    "retention_type",
    "cumulative",
    "minimum_occurrences",
    "week_start",
)
RANGE = ("time_range", "period")
DEFAULT_TYPE, DEFAULT_PERIODS = "weekly", 12
MOST_PERIODS, MOST_CELLS, MOST_OCCURRENCES = 1000, 50_000, 1000
MOST_TOLD_APART = 20_000
"""So many periods may have to be told apart where later ones that are not shown count too."""


def ranged(body: Body) -> bool:
    """Return whether the body says which cohorts it wants."""
    return any(body.given.get(name) is not None for name in RANGE)


def read(body: Body, query: Query, now: datetime) -> Cohorts:
    """Return the cohorts that `body` asks about; faults are noted in it.

    `query` has the shared fields; where it has no window the answer stands for nothing.
    """
    matches = Matches(query.timezone, body.faults)
    start, back = (
        matches.read(body.given.get(key), key) for key in ("start_event", "return_event")
    )
    return _Request(body, query, now).cohorts(start, back)


class _Request:
    """One body while it is read."""

    def __init__(self, body: Body, query: Query, now: datetime) -> None:
        self._body, self._query, self._now = body, query, now
        self._type = body.choice("cohort_type", cohorts.UNITS) or DEFAULT_TYPE
        self._metric = body.choice("metric", cohorts.METRICS) or RETENTION
        self._retention = body.choice("retention_type", cohorts.RETENTION_TYPES)
        self._periods = body.whole("periods", 0, 1, MOST_PERIODS)
        self._minimum = body.whole("minimum_occurrences", 1, 1, MOST_OCCURRENCES)
        self._cumulative = body.boolean("cumulative")
        self._check_sums()
        unit = cohorts.UNITS.get(self._type, "week")
        self._calendar = Calendar(unit, query.timezone, query.week_start)

    def cohorts(self, start: Match, back: Match) -> Cohorts:
        """Return the finished value; without a fault it is what was asked."""
        if self._body.faults or self._query.window is NO_WINDOW:
            return self._made((0, 1), 1, start, back)
        begins = self._begins()
        periods = self._periods or len(begins)
        if not self._fits(len(begins), periods):
            return self._made((0, 1), 1, start, back)
        shown = len(begins) + periods - 1
        told_apart = max(shown, self._later(begins[0]))
        followed = self._calendar.onwards(begins[0], told_apart)
        return self._made(followed, len(begins), start, back, periods)

    def _check_sums(self) -> None:
        """Refuse what has a meaning for visitors who return only."""
        if self._metric == RETENTION:
            return
        detail = "Is about visitors who return; use metric retention, or leave it out."
        if self._cumulative:
            self._body.faults.add("cumulative", "unsuitable", detail)
        if self._minimum > 1:
            self._body.faults.add("minimum_occurrences", "unsuitable", detail)

    def _begins(self) -> Sequence[int]:
        """Return where each cohort's own period begins."""
        if not ranged(self._body):
            return self._calendar.last(self._periods or DEFAULT_PERIODS, self._now)
        if buckets.estimate(self._query.window, self._calendar.unit) > buckets.MOST_BUCKETS:
            return range(buckets.MOST_BUCKETS)
        return self._calendar.within(self._query.window)

    def _fits(self, count: int, periods: int) -> bool:
        """Note it where there is nothing to show, or too much."""
        faults, unit = self._body.faults, self._calendar.unit
        field = "period" if self._body.given.get("time_range") is None else "time_range.start"
        if count == 0:
            detail = f"No {unit} begins in it: take a longer range, or shorter cohorts."
            faults.add(field, "empty", detail)
        elif count * periods > MOST_CELLS:
            detail = (
                f"{count} cohorts of {periods} periods are more than {MOST_CELLS} cells:"
                " take fewer periods, longer cohorts or a shorter range."
            )
            faults.add("periods" if self._periods else field, "too-many", detail)
        return 0 < count * periods <= MOST_CELLS

    def _later(self, first: int) -> int:
        """Return how many periods must be told apart for returns that are not shown.

        Only whether a later period has enough of them needs one by one; that there is any at all
        is seen without.
        """
        if not self._cumulative or self._minimum == 1:
            return 0
        count = self._calendar.until(first, self._now + AHEAD)
        if count > MOST_TOLD_APART:
            detail = (
                f"With cumulative, {count} periods would have to be looked through and"
                f" {MOST_TOLD_APART} may be: take longer cohorts or a later range."
            )
            self._body.faults.add("minimum_occurrences", "too-many", detail)
            return 0
        return count

    def _made(
        self, begins: tuple[int, ...], count: int, start: Match, back: Match, periods: int = 1
    ) -> Cohorts:
        until = begins[-1]
        if self._cumulative:
            until = max(until, self._calendar.after(self._now + AHEAD))
        return Cohorts(
            cohort_type=self._type,
            metric=self._metric,
            begins=begins,
            count=count,
            periods=periods,
            ended=sum(end <= self._now.timestamp() for end in begins[1:]),
            until=until,
            start=start,
            back=back,
            retention_type=self._retention or cohorts.RECURRING,
            cumulative=self._cumulative,
            minimum=self._minimum,
        )
