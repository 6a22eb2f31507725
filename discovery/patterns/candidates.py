"""What the algorithms find: rules that look like patterns, until the events themselves are asked.

A candidate counts visits (a visitor once an hour, or once a cell). How many visitors these were is
known only when its rule is asked, so the chance of it is a function of how many there are to one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from discovery.patterns.rules import Rule

ALPHA = 0.01
"""A pattern may be found by chance in so many of the windows in which there is none."""
TOGETHER, OUTCOME, BURST = "together", "outcome", "burst"
CLUSTER, ANOMALY = "cluster", "anomaly"
KIND = {TOGETHER: CLUSTER, OUTCOME: CLUSTER, BURST: ANOMALY}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that `observed` more than was `expected`; of a `visits` many a share converts.

    `chance(scale)` is the probability of it where each visit counts as `scale`, multiplied by how
    many rules might have been found. `strength` ranks; `voice` (0 to 1) is a second opinion.
    `start` and `end` are set where it is about less than the whole window.
    """

    sort: str
    rule: Rule
    visits: float
    observed: float
    expected: float
    strength: float
    chance: Callable[[float], float]
    start: datetime | None = None
    end: datetime | None = None
    voice: float = 1.0

    @property
    def lift(self) -> float:
        """How many times as much there is as was expected, or as one where that is less."""
        return self.observed / max(self.expected, 1.0)

    def chance_of(self, visitors: int) -> float:
        """Return how likely it is by chance, given that its visits are of so many visitors."""
        return self.chance(min(1.0, visitors / max(self.visits, 1.0)))
