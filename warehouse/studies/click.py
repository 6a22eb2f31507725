"""The answer to `attribution` about one click: journeys it is part of, touchpoint by touchpoint.

Journeys are ranges of a visitor's touchpoints, and only those that are shown are shared out: so
time and memory grow with the events that are read and the rows that are shown.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from warehouse.language.studies.click import Click
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.studies.cents import FINEST, SMALLEST, WHOLE, number, shared_out
from warehouse.tally import Tally

MOST_EVENTS = 200_000
"""So many events are looked at; of more the answer says that it is cut."""
Floats = NDArray[np.float64]


class Event(NamedTuple):
    """A row of the statement; behind these stands what is told of a touchpoint."""

    visitor: int
    at: int
    touch: int
    converts: int
    points: int
    value: str
    direct: int
    clicked: int
    conversion: str


Told = tuple[Event, Row]


@dataclass(frozen=True, slots=True)
class Journey:
    """The touchpoints from `first` to before `last` of a visitor's, and what they led to."""

    touches: Sequence[Told]
    first: int
    last: int
    conversion: Event | None = None

    @property
    def path(self) -> Sequence[Told]:
        """Its touchpoints in order."""
        return self.touches[self.first : self.last]


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows: conversion by conversion, each with its touchpoints in order of time.

    Ends behind the page that is wanted.
    """
    study = plan.query.study
    if not isinstance(study, Click):
        raise TypeError(plan.query)
    told = read(blocks, tally)
    found = [
        journey
        for _, own in groupby(told, lambda one: one[0].visitor)
        for journey in _journeys(study, list(own))
    ]
    converted = [one.conversion for one in found if one.conversion]
    tally.counts = {
        "clicks": sum(event.clicked for event, _ in told),
        "conversions": len(converted),
        "revenue": number(sum(one.points for one in converted)),
    }
    found.sort(key=lambda one: one.conversion.at if one.conversion else 0)
    left = plan.query.offset + plan.query.limit + 1
    for journey in found:
        tally.watch()
        shown = list(islice(_shown(study, journey), left))
        left -= len(shown)
        yield shown
        if not left:
            return


def read(blocks: Iterable[list[Row]], tally: Tally, most: int = MOST_EVENTS) -> list[Told]:
    """Return the first events, at most so many, and note whether there are more."""
    size = len(Event._fields)
    every = (row for block in blocks for row in block)
    told = [(Event(*row[:size]), row[size:]) for row in islice(every, most)]
    tally.truncated = next(every, None) is not None
    return told


def _journeys(study: Click, own: list[Told]) -> Iterator[Journey]:
    """Yield a visitor's journeys with the click, or if it is in none, all touchpoints alone."""
    touches = [one for one in own if one[0].touch]
    moments = [event.at for event, _ in touches]
    clicks = list(accumulate((event.clicked for event, _ in touches), initial=0))
    alone, last = True, 0
    for event, _ in own:
        last += event.touch
        if not event.converts:
            continue
        first = bisect_left(moments, event.at - study.lookback_ms)
        if first < last and clicks[last] > clicks[first]:
            alone = False
            yield Journey(touches, first, last, event)
    if alone:
        yield Journey(touches, 0, len(touches))


def _shown(study: Click, journey: Journey) -> Iterator[Row]:
    path, conversion = journey.path, journey.conversion
    nothing = (None,) * len(path)
    shares: Iterable[Sequence[Any]] = [nothing for _ in study.models]
    outcome: Row = (None, None, None)
    if conversion:
        value = conversion.points * SMALLEST
        outcome = (conversion.conversion or None, conversion.at * 1000, value)
        shares = list(_shares(study, [event for event, _ in path]))
    for (event, told), *credit in zip(path, *shares, strict=True):
        if study.include_journey or event.clicked:
            yield (event.at * 1000, *told, bool(event.clicked), *outcome, *credit)


def _shares(study: Click, path: Sequence[Event]) -> Iterator[Sequence[Any]]:
    """Yield what each model gives each touchpoint of a conversion, adding up to it exactly."""
    for model in study.models:
        given = shared_out(WHOLE, SHARES[model](path, study.half_life_ms) * (WHOLE * FINEST))
        yield [units * SMALLEST for units in given]


def _one(path: Sequence[Event], place: int) -> Floats:
    found = np.zeros(len(path))
    found[place] = 1
    return found


def _last_other(path: Sequence[Event], _: int) -> Floats:
    others = [place for place, event in enumerate(path) if not event.direct]
    return _one(path, others[-1] if others else -1)


def _decayed(path: Sequence[Event], half_life_ms: int) -> Floats:
    ages = np.array([event.at - path[-1].at for event in path]) / half_life_ms
    weights = np.exp2(ages)
    return np.asarray(weights / weights.sum())


def _positions(path: Sequence[Event], _: int) -> Floats:
    size = len(path)
    if size <= 2:
        return np.full(size, 1 / size)
    found = np.full(size, 1 / (5 * (size - 2)))
    found[0] = found[-1] = 0.4
    return found


def _values(path: Sequence[Event], _: int) -> Floats:
    """Share out equally among values; a value's share is its touchpoints' together."""
    values = [event.value for event in path]
    often = Counter(values)
    return np.array([1 / (len(often) * often[value]) for value in values])


SHARES: dict[str, Callable[[Sequence[Event], int], Floats]] = {
    "first_touch": lambda path, _: _one(path, 0),
    "last_touch": lambda path, _: _one(path, -1),
    "last_non_direct": _last_other,
    "linear": lambda path, _: np.full(len(path), 1 / len(path)),
    "time_decay": _decayed,
    "position_based": _positions,
    "shapley": _values,
}
"""What each touchpoint of a path gets of its conversion."""
