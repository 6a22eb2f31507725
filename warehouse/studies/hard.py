"""Judges the visitors of a funnel who come with their rows, and tells what their runs say."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from warehouse.language.query import Query
from warehouse.language.studies.funnel import ANY, LAST, ORDERED, STRICT, Funnel
from warehouse.sql.studies.funnel import TOUCHED, edge
from warehouse.sql.studies.runs import packing
from warehouse.studies.judge import best_run
from warehouse.studies.leaps import leap
from warehouse.studies.visitor import Ban, Run, Visitor

Touch = tuple[Any, ...]


class Judge:
    """Judges one visitor after the other; what they have in common is worked out once."""

    def __init__(self, query: Query, funnel: Funnel, watch: Callable[[], None]) -> None:
        places = {match: place for place, match in enumerate(funnel.matches)}
        self._funnel, self._watch = funnel, watch
        self._shift, self._full = packing(funnel).bits, packing(funnel).full
        self._steps = tuple(1 << match for match in funnel.chained)
        self._of_steps = sum({1 << places[step.match] for step in funnel.steps})
        self._strict = funnel.order == STRICT
        self._bans = [
            (funnel.chain.index(one.first), funnel.chain.index(one.last), 1 << places[one.match])
            for one in funnel.exclusions
        ]
        whole = (0, len(self._steps) - 1)
        self._plain = funnel.order == ORDERED and all(ban[:2] == whole for ban in self._bans)
        self._spoiling = sum({bit for _, _, bit in self._bans})
        self._before = edge(query) if funnel.after_range else None
        self._within = funnel.within_ms
        self._way = _way(funnel, places)
        self._speaking = [sum(set(self._steps))] * len(self._steps)
        if funnel.order != ANY:
            self._speaking = list(self._steps)

    def run(self, packed: Sequence[int]) -> Run:
        """Return the run that counts of the visitor with these rows, or nothing."""
        if self._plain and self._distinct(packed):
            served = {bit: self._moments(packed, bit) for bit in set(self._steps)}
            bars = self._moments(packed, self._spoiling)
            steps = [served[bit] for bit in self._steps]
            return leap(steps, bars, self._within, self._before, self._watch)
        rows = self._unpacked(packed)
        bans = [Ban(first, last, self._moments(packed, bit)) for first, last, bit in self._bans]
        visitor = Visitor(rows, self._steps, bans, self._within, self._before, self._watch)
        return best_run(self._funnel, visitor)

    def _distinct(self, packed: Sequence[int]) -> bool:
        """Return whether no two rows of steps are of one moment."""
        moments = self._moments(packed, self._of_steps)
        return len(set(moments)) == len(moments)

    def next_step(self, step: int, run: Run) -> bool:
        """Return whether the run has reached the step of the chain before this one, and no more."""
        return self._way[step][0] == len(run)

    def reached(self, run: Run, packed: Sequence[int]) -> list[int | None]:
        """Return when each step was reached, the optional ones too: those on the way of `run`."""
        found: list[int | None] = []
        before, until = run[0], run[0] + self._within
        for index, bit in self._way:
            if not bit:
                moment = run[index] if index < len(run) else None
                before = before if moment is None else moment
                found.append(moment)
                continue
            moments = self._moments(packed, bit)
            ends = run[index] - 1 if index < len(run) else until
            at = bisect_right(moments, before)
            came = index <= len(run) and at < len(moments) and moments[at] <= ends
            found.append(moments[at] if came else None)
            before = moments[at] if came else before
        return found

    def values(self, run: Run, touches: Sequence[Touch]) -> Sequence[Any]:
        """Return the values of the event that speaks for a run.

        Of events of one moment each step takes the first to arrive that leaves the others theirs,
        and none with which the run would have gone on.
        """
        place = len(run) - 1 if self._funnel.attribution == LAST else 0
        there = [touch for touch in touches if touch[0] == run[place]]
        steps = [step for step, moment in enumerate(run) if moment == run[place]]
        onward = self._onward(run) if run[place] == run[-1] else 0
        served = _served([self._speaking[step] for step in steps], there, onward)
        return served[steps.index(place)][TOUCHED - 1 :]

    def _onward(self, run: Run) -> int:
        """Return the bit of events with which the run goes on wherever one is left, if there is."""
        whole = len(run) == len(self._steps)
        return 0 if whole or self._funnel.order != ORDERED else self._steps[len(run)]

    def _unpacked(self, packed: Sequence[int]) -> list[tuple[int, int]]:
        """Return moments and masks of the rows that runs are made of."""
        shift, bits = self._shift, self._of_steps
        if self._strict:
            return sorted((row >> shift, row & bits) for row in packed)
        return sorted((row >> shift, row & bits) for row in packed if row & bits)

    def _moments(self, packed: Sequence[int], bit: int) -> list[int]:
        return [row >> self._shift for row in packed if row & bit]


def _way(funnel: Funnel, places: dict[Any, int]) -> list[tuple[int, int]]:
    """Return of each step its place in the chain, and the bit of its match if it is optional."""
    found: list[tuple[int, int]] = []
    index = 0
    for step in funnel.steps:
        found.append((index, 1 << places[step.match] if step.optional else 0))
        index += not step.optional
    return found


def _served(bits: Sequence[int], touches: Sequence[Touch], onward: int) -> list[Touch]:
    """Return an event for each of `bits` so that none of `onward` is left, or nothing."""
    if not bits:
        return []
    seen: set[int] = set()
    for index, touch in enumerate(touches):
        if touch[3] & bits[0] and touch[3] not in seen:
            seen.add(touch[3])
            left = [*touches[:index], *touches[index + 1 :]]
            rest = _served(bits[1:], left, onward)
            ended = len(bits) > 1 or not any(one[3] & onward for one in left)
            if ended and len(rest) == len(bits) - 1:
                return [touch, *rest]
    return []
