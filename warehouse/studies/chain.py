"""The data-driven model of a first-order Markov chain over journeys, solved exactly.

After Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey (2016). States are
values; a journey goes from the start through its touchpoints to a conversion or to nothing. What
a value is worth is its removal effect: the share of conversions lost when whoever would step to
it steps to nothing instead.
"""

import math
import operator
from collections.abc import Iterable

Matrix = list[list[float]]


class Chain:
    """How often journeys go from the start, or from a state, to which state, and what ends them.

    States are numbers below `size`, of which there should be some hundreds at most.
    """

    def __init__(self, size: int) -> None:
        self.begun = [0] * size
        self.converted = [0] * size
        self.lost = [0] * size
        self.steps = [[0] * size for _ in range(size)]

    def effects(self) -> list[float]:
        """Return the removal effect of each state; 0 for all where nothing converts.

        With N = (I - Q)^-1 the fundamental matrix and r the chances to convert at once, a journey
        ever comes to a state with the chance (begun N)[state] / N[state, state] (Kemeny, Snell:
        Finite Markov Chains, 3.5), and converts from there with (N r)[state]. Removing the state
        loses the product of both.
        """
        visits, ends = self._chances()
        inverse = _inverse(visits)
        wins = [_product(row, ends) for row in inverse]
        starts = sum(self.begun)
        first = [count / starts for count in self.begun]
        won = _product(first, wins)
        if not won:
            return [0.0] * len(wins)
        came = [_product(first, column) for column in zip(*inverse, strict=True)]
        return [came[state] / inverse[state][state] * win / won for state, win in enumerate(wins)]

    def _chances(self) -> tuple[Matrix, list[float]]:
        """Return I - Q, with Q the chances of stepping between states, and those of converting."""
        left = [
            sum(row) + end + lost
            for row, end, lost in zip(self.steps, self.converted, self.lost, strict=True)
        ]
        chances = [
            [float(here == there) - count / whole for there, count in enumerate(row)]
            for here, (row, whole) in enumerate(zip(self.steps, left, strict=True))
        ]
        return chances, [end / whole for end, whole in zip(self.converted, left, strict=True)]


def _product(one: Iterable[float], other: Iterable[float]) -> float:
    return math.fsum(map(operator.mul, one, other))


def _inverse(matrix: Matrix) -> Matrix:
    """Return the inverse by Gauss and Jordan; the diagonal of I - Q always outweighs its row."""
    size = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda place: abs(rows[place][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        head = rows[pivot][pivot]
        line = rows[pivot] = [cell / head for cell in rows[pivot]]
        for place, row in enumerate(rows):
            factor = row[pivot]
            if place != pivot and factor:
                rows[place] = [cell - factor * other for cell, other in zip(row, line, strict=True)]
    return [row[size:] for row in rows]
