"""Finds the best run of one visitor through a funnel, by the definition and whatever the order.

A row is a moment and a mask: bit N tells that it is an event of match N. Rows of one moment may
come in either order. A run is the moments at which its steps are reached. It is spoiled by an
excluded moment between two of its steps, or until its time runs out where the second was not
reached. The best run gets furthest, then starts earliest, then has the earliest rows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from warehouse.language.studies.funnel import ANY, ORDERED, STRICT, Funnel

Run = tuple[int, ...]


class Ban(NamedTuple):
    """Moments that spoil a run between the steps at two places of the chain."""

    first: int
    last: int
    moments: Sequence[int]

    def spoils(self, run: Run, until: int) -> bool:
        """Return whether `run`, whose time runs out with `until`, is spoiled."""
        if len(run) <= self.first:
            return False
        begin = bisect_right(self.moments, run[self.first])
        if len(run) > self.last:
            return begin < bisect_left(self.moments, run[self.last])
        return begin < bisect_right(self.moments, until)


@dataclass(frozen=True)
class Visitor:
    """The rows of one visitor, sorted by moment; `steps` are the bits of the chain's steps."""

    rows: Sequence[tuple[int, int]]
    steps: Sequence[int]
    bans: Sequence[Ban]
    within: int
    starts_before: int | None = None
    moments: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moments", [moment for moment, _ in self.rows])

    @cached_property
    def places(self) -> list[list[int]]:
        """For each step the places of the rows that may serve it."""
        return [
            [place for place, (_, mask) in enumerate(self.rows) if mask & bit] for bit in self.steps
        ]

    def starts(self, bits: int) -> Iterator[int]:
        """Yield the places of the rows that may start a run: one for each moment and mask."""
        seen: set[tuple[int, int]] = set()
        for place, row in enumerate(self.rows):
            if self.starts_before is not None and row[0] >= self.starts_before:
                return
            if row[1] & bits and row not in seen:
                seen.add(row)
                yield place

    def spoiled(self, run: Run) -> bool:
        """Return whether an exclusion spoils `run`."""
        return any(ban.spoils(run, run[0] + self.within) for ban in self.bans)


def best_run(funnel: Funnel, visitor: Visitor) -> Run:
    """Return the run that counts, or nothing where there is none or all are spoiled."""
    best: Run = ()
    every = sum(set(visitor.steps)) if funnel.order == ANY else visitor.steps[0]
    tried: Callable[[Visitor, int], Run] = {ORDERED: _ordered, STRICT: _strict, ANY: _any}[
        funnel.order
    ]
    for start in visitor.starts(every):
        if best and visitor.moments[start] > best[0] and _hopeless(visitor, best, funnel.order):
            break
        best = better(tried(visitor, start), best)
    return best


def _hopeless(visitor: Visitor, run: Run, order: str) -> bool:
    """Return whether no later start gets further than `run`."""
    if len(run) == len(visitor.steps):
        return True
    if order != ORDERED or visitor.bans:
        return False
    places = visitor.places[len(run)]
    return not places or visitor.moments[places[-1]] < run[-1]


def _ordered(visitor: Visitor, start: int) -> Run:
    return _Ordered(visitor, visitor.rows[start][0]).best((start,))


class _Ordered:
    """The runs from one start, step by step; what follows the same row is worked out once.

    Of the rows that may serve a step the earliest is best, unless an exclusion speaks against it:
    so the earliest behind each moment that spoils is tried too, and with it the earliest that ends
    the run, for nothing serves the next step behind it.
    """

    def __init__(self, visitor: Visitor, start: int) -> None:
        self._visitor = visitor
        self._until = start + visitor.within
        self._known: dict[tuple[object, ...], Run] = {}

    def best(self, served: tuple[int, ...]) -> Run:
        """Return the best unspoiled run that goes on from the rows at the places `served`."""
        visitor = self._visitor
        run = tuple(visitor.moments[place] for place in served)
        if any(ban.last == len(run) - 1 and ban.spoils(run, self._until) for ban in visitor.bans):
            return ()
        key = self._key(served, run)
        if key not in self._known:
            self._known[key] = self._go_on(served, run)
        rest = self._known[key]
        return run + rest[len(run) :] if rest else ()

    def _key(self, served: tuple[int, ...], run: Run) -> tuple[object, ...]:
        now = frozenset(place for place in served if self._visitor.moments[place] == run[-1])
        opened = tuple(run[ban.first] for ban in self._visitor.bans if ban.first < len(run))
        return (len(run), run[-1], now, opened)

    def _go_on(self, served: tuple[int, ...], run: Run) -> Run:
        best: Run = ()
        for place in self._worth_trying(served):
            found = self.best((*served, place))
            best = better(found, best)
        if best or self._next(served, run[-1]) is not None:
            return best
        return () if self._visitor.spoiled(run) else run

    def _next(self, served: tuple[int, ...], moment: int) -> int | None:
        """Return the place of the first row from `moment` on that may serve the next step."""
        visitor, step = self._visitor, len(served)
        if step == len(visitor.steps):
            return None
        places = visitor.places[step]
        at = bisect_left(places, bisect_left(visitor.moments, moment))
        while at < len(places) and places[at] in served:
            at += 1
        if at == len(places) or visitor.moments[places[at]] > self._until:
            return None
        return places[at]

    def _worth_trying(self, served: tuple[int, ...]) -> Iterator[int]:
        visitor, step = self._visitor, len(served)
        edges = [visitor.moments[served[-1]]]
        if visitor.bans and step < len(visitor.steps):
            bars = [at for ban in visitor.bans if ban.first == step for at in ban.moments]
            ends = self._last_of_next(step)
            edges += [*bars, *(max(at, end) for at in (*bars, 0) for end in (ends, ends + 1))]
        seen: set[int] = set()
        for edge in sorted({at for at in edges if at >= edges[0]}):
            place = self._next(served, edge)
            if place is not None and visitor.moments[place] not in seen:
                seen.add(visitor.moments[place])
                yield from self._alike(served, place)

    def _alike(self, served: tuple[int, ...], place: int) -> Iterator[int]:
        """Yield the rows of one moment that serve the next step, one for each mask."""
        visitor, seen = self._visitor, set()
        places = visitor.places[len(served)]
        for at in range(bisect_left(places, place), len(places)):
            moment, mask = visitor.rows[places[at]]
            if moment > visitor.moments[place]:
                return
            if places[at] not in served and mask not in seen:
                seen.add(mask)
                yield places[at]

    def _last_of_next(self, step: int) -> int:
        """Return the moment of the last row in time that may serve the step after `step`, or 0."""
        if step + 1 >= len(self._visitor.steps):
            return 0
        places = self._visitor.places[step + 1]
        at = bisect_left(places, bisect_right(self._visitor.moments, self._until))
        return self._visitor.moments[places[at - 1]] if at else 0


def better(one: Run, other: Run) -> Run:
    """Return the run that gets further, or else has the earlier rows."""
    if len(one) != len(other):
        return max(one, other, key=len)
    return min(one, other)


def _any(visitor: Visitor, start: int) -> Run:
    """Return the run from one start: each row that brings one more distinct step, in order.

    How many steps some rows serve, each its own, is a matching; a row adds one step or none.
    """
    rows, moment = visitor.rows, visitor.moments[start]
    first = bisect_left(visitor.moments, moment)
    last = bisect_right(visitor.moments, moment + visitor.within)
    served: dict[int, int] = {}
    run: list[int] = []
    for place in (start, *(one for one in range(first, last) if one != start)):
        if len(run) < len(visitor.steps) and _match(visitor, place, served, set()):
            run.append(rows[place][0])
    found = tuple(run)
    return () if visitor.spoiled(found) else found


def _match(visitor: Visitor, place: int, served: dict[int, int], tried: set[int]) -> bool:
    """Give the row at `place` a step, moving others to other steps if need be."""
    for step, bit in enumerate(visitor.steps):
        if visitor.rows[place][1] & bit and step not in tried:
            tried.add(step)
            if step not in served or _match(visitor, served[step], served, tried):
                served[step] = place
                return True
    return False


def _strict(visitor: Visitor, start: int) -> Run:
    """Return the best run of neighbours from one start."""
    begin, end = _moment(visitor, start)
    left = [place for place in range(begin, end) if place != start]
    best: Run = ()
    for run in _neighbours(visitor, (visitor.moments[start],), left, end):
        if not visitor.spoiled(run):
            best = better(run, best)
    return best


def _neighbours(visitor: Visitor, run: Run, left: list[int], after: int) -> Iterator[Run]:
    """Yield the runs that `run` may become, by how the rows of one moment come.

    `left` are rows of the moment it has come to, `after` is where later ones begin. At the moment
    of the start those left may have come before it; later each must serve a step before the run
    can go on to the next moment.
    """
    if len(run) == len(visitor.steps):
        yield run
        return
    bit, seen = visitor.steps[len(run)], set()
    if any(not visitor.rows[place][1] & bit for place in left):
        yield run
    for index, place in enumerate(left):
        moment, mask = visitor.rows[place]
        if mask & bit and mask not in seen:
            seen.add(mask)
            rest = left[:index] + left[index + 1 :]
            yield from _neighbours(visitor, (*run, moment), rest, after)
    if left and visitor.moments[left[0]] != run[0]:
        return
    if after == len(visitor.rows) or visitor.moments[after] > run[0] + visitor.within:
        yield run
        return
    begin, end = _moment(visitor, after)
    yield from _neighbours(visitor, run, list(range(begin, end)), end)


def _moment(visitor: Visitor, place: int) -> tuple[int, int]:
    """Return from where to where rows are of the same moment as the one at `place`."""
    at = visitor.moments[place]
    return bisect_left(visitor.moments, at), bisect_right(visitor.moments, at)
