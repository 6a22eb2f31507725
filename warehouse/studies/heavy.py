"""Steps and credit of one visitor with very many touchpoints and conversions.

The same as SQL works out of all others, where each conversion holds a copy of its touchpoints.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from warehouse.language.studies.attribution import CHAIN, Attribution
from warehouse.sql.studies.attribution import CONVERTED, LOST, ONWARD, UNITS, UNTOUCHED
from warehouse.studies import ranges
from warehouse.studies.kept import Kept
from warehouse.studies.ranges import Range, covered


class Visitor:
    """Its touchpoints (when, value, whether direct), and its conversions in the same order.

    Of each conversion there is when it was, its points and how many touchpoints there were by then.
    """

    def __init__(
        self,
        touches: Sequence[tuple[int, str, int]],
        turns: Sequence[tuple[int, int, int]],
    ) -> None:
        self.at, self.values, self.direct = zip(*touches, strict=True)
        self.converted_at, self.points, self.last = zip(*turns, strict=True)


class Heavy:
    """What visitors apart add to the `steps` of all others.

    The window begins at the moment `begin`.
    """

    def __init__(self, study: Attribution, begin: int, steps: Kept) -> None:
        self._study, self._begin, self._steps = study, begin, steps
        self._rules = [model for model in study.models if model != CHAIN]

    def add(self, visitor: Visitor) -> None:
        """Add all steps of a visitor, and all credit."""
        firsts = [
            bisect_left(visitor.at, at - self._study.lookback_ms) for at in visitor.converted_at
        ]
        journeys, worth = [], []
        for first, last, points in zip(firsts, visitor.last, visitor.points, strict=True):
            if first >= last:
                self._add_untouched(points)
                continue
            journeys.append((first, last))
            worth.append(points)
            self._count(visitor.values[last - 1], "", CONVERTED, steps=1, revenue=points)
        self._add_steps(visitor.values, journeys)
        self._add_credit(visitor, journeys, worth)
        rest = max(bisect_left(visitor.at, self._begin), *visitor.last)
        if CHAIN in self._study.models and rest < len(visitor.at):
            self._count(visitor.values[-1], "", LOST, steps=1)
            self._add_steps(visitor.values, [(rest, len(visitor.at))])

    def _count(
        self,
        value: str,
        after: str,
        ending: int,
        *,
        steps: int = 0,
        begun: int = 0,
        revenue: int = 0,
    ) -> list[int]:
        row = self._steps.row((value, after, ending), 3 + 2 * len(self._rules))
        row[0] += steps
        row[1] += begun
        row[2] += revenue
        return row

    def _add_untouched(self, points: int) -> None:
        row = self._count("", "", UNTOUCHED, steps=1, begun=1, revenue=points)
        for place in range(3, len(row), 2):
            row[place] += UNITS
            row[place + 1] += UNITS * points

    def _add_steps(self, values: Sequence[str], journeys: Sequence[Range]) -> None:
        """Count where journeys begin, and their steps from one touchpoint to the next."""
        for first, _ in journeys:
            self._count(values[first], "", CONVERTED, begun=1)
        onward = covered(len(values), [(first, last - 1, 1) for first, last in journeys])
        for (here, there), count in zip(pairwise(values), onward, strict=False):
            if count:
                self._count(here, there, ONWARD, steps=count)

    def _add_credit(
        self, visitor: Visitor, journeys: Sequence[Range], points: Sequence[int]
    ) -> None:
        touched = covered(len(visitor.at), [(first, last, 1) for first, last in journeys])
        for place, model in enumerate(self._rules):
            for more, worth in enumerate(([1] * len(journeys), points)):
                shares = self._shares(model, visitor, journeys, worth)
                for value, share, count in zip(visitor.values, shares, touched, strict=True):
                    if count:
                        self._count(value, "", CONVERTED)[3 + 2 * place + more] += share

    def _shares(
        self, model: str, visitor: Visitor, journeys: Sequence[Range], worth: Sequence[int]
    ) -> list[int]:
        """Return what each touchpoint gets of conversions that are each worth so much."""
        if model == "shapley":
            return ranges.by_value(journeys, visitor.values, worth)
        if model == "time_decay":
            return ranges.decayed(journeys, visitor.at, self._study.half_life_ms, worth)
        spans = ranges.placed(model, journeys, visitor.direct)
        return covered(
            len(visitor.at),
            (
                (start, end, amount * one)
                for own, one in zip(spans, worth, strict=True)
                for start, end, amount in own
            ),
        )
