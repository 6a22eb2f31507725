"""How far conversions may be off by chance: 95 % intervals by Efron's percentile bootstrap.

After Efron, Tibshirani: An Introduction to the Bootstrap (1993), chapter 13. What is drawn again,
with replacement, are groups of visitors: all events of a visitor stay together, and how much there
is to draw from does not depend on how many visitors there are.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.language.studies.attribution import CHAIN
from warehouse.sql.studies.attribution import (
    CONVERTED,
    GROUPS,
    LOST,
    ONWARD,
    UNITS,
    UNTOUCHED,
)
from warehouse.studies import credit
from warehouse.studies.credit import Steps

RESAMPLES, CHAIN_RESAMPLES = 1000, 200
"""How often groups are drawn; a chain has to be solved anew each time, so less often there."""
LEAST_GROUPS = 10
"""In how many groups somebody must have converted for an interval to mean anything."""
BOUNDS = (2.5, 97.5)
AT_ONCE = 1000
"""For how many values the sums of all draws are held at a time."""
Floats = NDArray[np.float64]


class Resampled:
    """Draws from the steps of each group; the same `seed` draws the same."""

    def __init__(
        self, groups: Mapping[int, Steps], values: Sequence[str], models: Sequence[str], seed: int
    ) -> None:
        self._groups = [groups.get(group, {}) for group in range(GROUPS)]
        self._at = {value: place for place, value in enumerate(values)}
        self._rules = [model for model in models if model != CHAIN]
        dice = np.random.default_rng(seed)
        self._draws = dice.multinomial(GROUPS, np.full(GROUPS, 1 / GROUPS), RESAMPLES).astype(float)

    @property
    def enough(self) -> bool:
        """Whether conversions are in enough groups."""
        return sum(credit.total(own).conversions > 0 for own in self._groups) >= LEAST_GROUPS

    def bounds(self, model: str) -> Floats:
        """Return the lower and the upper bound of each value's conversions."""
        if model == CHAIN:
            return between(self._chained())
        amounts = self._amounts(3 + 2 * self._rules.index(model)) / UNITS
        pieces = range(0, max(1, len(self._at)), AT_ONCE)
        return np.hstack([between(self._draws @ amounts[:, at : at + AT_ONCE]) for at in pieces])

    def _amounts(self, place: int, *endings: int) -> Floats:
        """Return sums of steps' amounts at `place`, by group and value."""
        found = np.zeros((GROUPS, len(self._at)))
        for group, steps in enumerate(self._groups):
            for (value, _, ending), row in steps.items():
                if not endings or ending in endings:
                    found[group, self._at[value]] += row[place]
        return found

    def _chained(self) -> Floats:
        """Return the conversions of each value by each draw's own chain."""
        seen = self._amounts(0, ONWARD, CONVERTED, LOST)
        order = sorted(self._at, key=lambda value: (-seen[:, self._at[value]].sum(), value))
        known = {value: min(rank, credit.MOST_STATES) for rank, value in enumerate(order)}
        places = np.array([known[value] for value in self._at], dtype=int)
        chains = _Chains(self._groups, known)
        touched = self._amounts(0, CONVERTED).sum(axis=1)
        untouched = self._amounts(0, UNTOUCHED)
        rare = places == credit.MOST_STATES
        found = []
        for draw in self._draws[:CHAIN_RESAMPLES]:
            weights = chains.effects(draw)[places]
            often = draw @ seen
            if rest := often[rare].sum():
                weights[rare] *= often[rare] / rest
            whole = weights.sum()
            shared = weights * (draw @ touched / whole) if whole else weights
            found.append(shared + draw @ untouched)
        return np.array(found)


class _Chains:
    """The counts of each group's own chain, to be added up as groups are drawn."""

    def __init__(self, groups: Sequence[Steps], places: Mapping[str, int]) -> None:
        size = max(places.values(), default=-1) + 1
        self._begun, self._won, self._lost = (np.zeros((len(groups), size)) for _ in range(3))
        self._steps = np.zeros((len(groups), size, size))
        for group, steps in enumerate(groups):
            for (value, after, ending), row in steps.items():
                if ending == UNTOUCHED:
                    continue
                here = places[value]
                self._begun[group, here] += row[1]
                if ending == ONWARD:
                    self._steps[group, here, places[after]] += row[0]
                else:
                    ends = self._won if ending == CONVERTED else self._lost
                    ends[group, here] += row[0]

    def effects(self, draw: Floats) -> Floats:
        """Return the removal effect of each state, as `Chain.effects` does."""
        begun, won = draw @ self._begun, draw @ self._won
        steps = np.tensordot(draw, self._steps, 1)
        left = steps.sum(axis=1) + won + draw @ self._lost
        left[left == 0] = 1  # nobody drawn was there
        inverse = np.linalg.inv(np.eye(len(left)) - steps / left[:, None])
        wins = inverse @ (won / left)
        whole = begun @ wins
        if not whole:
            return np.zeros(len(left))
        return np.asarray((begun @ inverse) / inverse.diagonal() * wins / whole)


def between(drawn: Floats) -> Floats:
    """Return the two bounds of each column: between the nearest draws in proportion."""
    return np.percentile(drawn, BOUNDS, axis=0)
