"""The answer to `attribution` about one click: journeys it is part of, touchpoint by touchpoint."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from warehouse.language.studies.click import Click
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.studies.cents import SMALLEST, WHOLE, number, rounded
from warehouse.tally import Tally


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


Path = Sequence[Event]
Shares = Callable[[Path, int], list[Fraction]]


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows: conversion by conversion, each with its touchpoints in order of time."""
    study = plan.query.study
    if not isinstance(study, Click):
        raise TypeError(plan.query)
    every = [row for block in blocks for row in block]
    size = len(Event._fields)
    told = [(Event(*row[:size]), row[size:]) for row in every]
    found = [
        journey
        for _, own in groupby(told, lambda one: one[0].visitor)
        for journey in _journeys(study, list(own))
    ]
    converted = [conversion for conversion, _ in found if conversion]
    tally.counts = {
        "clicks": sum(event.clicked for event, _ in told),
        "conversions": len(converted),
        "revenue": number(sum(one.points for one in converted)),
    }
    found.sort(key=lambda journey: journey[0].at if journey[0] else 0)
    for conversion, path in found:
        yield list(_shown(study, conversion, path))


Told = tuple[Event, Row]
Journey = tuple[Event | None, list[Told]]


def _journeys(study: Click, own: list[Told]) -> Iterator[Journey]:
    """Yield a visitor's journeys with the click, or if it is in none, all touchpoints alone."""
    touches = [(place, one) for place, one in enumerate(own) if one[0].touch]
    alone = True
    for at, (conversion, _) in enumerate(own):
        since = conversion.at - study.lookback_ms
        path = [one for place, one in touches if place <= at and one[0].at >= since]
        if conversion.converts and any(event.clicked for event, _ in path):
            alone = False
            yield conversion, path
    if alone:
        yield None, [one for _, one in touches]


def _shown(study: Click, conversion: Event | None, path: list[Told]) -> Iterator[Row]:
    events = [event for event, _ in path]
    nothing = (None,) * len(events)
    shares: Iterable[Sequence[Any]] = [nothing for _ in study.models]
    outcome: Row = (None, None, None)
    if conversion:
        value = conversion.points * SMALLEST
        outcome = (conversion.conversion or None, conversion.at * 1000, value)
        shares = [
            rounded(WHOLE, [one * WHOLE for one in SHARES[model](events, study.half_life_ms)])
            for model in study.models
        ]
    for (event, told), *credit in zip(path, *shares, strict=True):
        if study.include_journey or event.clicked:
            yield (event.at * 1000, *told, bool(event.clicked), *outcome, *credit)


def _one(path: Path, place: int) -> list[Fraction]:
    return [Fraction(int(number == place)) for number in range(len(path))]


def _last_other(path: Path, _: int) -> list[Fraction]:
    others = [place for place, event in enumerate(path) if not event.direct]
    return _one(path, others[-1] if others else len(path) - 1)


def _decayed(path: Path, half_life_ms: int) -> list[Fraction]:
    weights = [Fraction(2 ** ((event.at - path[-1].at) / half_life_ms)) for event in path]
    return [weight / sum(weights) for weight in weights]


def _positions(path: Path, _: int) -> list[Fraction]:
    if len(path) <= 2:
        return [Fraction(1, len(path)) for _ in path]
    middle = Fraction(1, 5 * (len(path) - 2))
    return [Fraction(2, 5), *(middle for _ in path[2:]), Fraction(2, 5)]


def _values(path: Path, _: int) -> list[Fraction]:
    """Share out equally among values; a value's share is its touchpoints' together."""
    values = [event.value for event in path]
    kinds = len(set(values))
    return [Fraction(1, kinds * values.count(value)) for value in values]


SHARES: dict[str, Shares] = {
    "first_touch": lambda path, _: _one(path, 0),
    "last_touch": lambda path, _: _one(path, len(path) - 1),
    "last_non_direct": _last_other,
    "linear": lambda path, _: [Fraction(1, len(path)) for _ in path],
    "time_decay": _decayed,
    "position_based": _positions,
    "shapley": _values,
}
"""What each touchpoint of a path gets of its conversion."""
