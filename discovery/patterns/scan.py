"""Looks for the stretch of hours in a series that chance explains worst: a scan statistic.

Given how many visits a series has altogether, how many fall into a stretch is binomial with the
share that the rhythm of all traffic gives it (Kulldorff 1997; one dimension: Nagarwalla 1996).
"""

from dataclasses import dataclass

import numpy as np

from discovery.patterns import chance
from discovery.patterns.cube import Floats
from discovery.patterns.series import rhythm, spread

LENGTHS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72)
MOST_SHARE = 0.25
"""A stretch is at most so much of the window: what lasts longer is no burst."""
MOST_BURSTS = 3
"""So many stretches of one series are looked for."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Hours `begin` to `end` (not included) with `observed` visits where `expected` were due.

    `total` and `share` are those of its series; `flock` is how many visits vary like one.
    """

    begin: int
    end: int
    observed: float
    expected: float
    total: float
    share: float
    own: float
    flock: float
    strength: float

    def chance(self, scale: float) -> float:
        """Return how likely it is where each visit counts as `scale`.

        The larger of two chances: by the rhythm of all traffic, and by the series' own.
        """
        scale /= self.flock
        by_all = chance.at_least_of(self.observed * scale, self.total * scale, self.share)
        return max(by_all, chance.at_least(self.observed * scale, self.own * scale))


def bursts(visits: Floats, weights: Floats) -> list[Burst]:
    """Return the strongest stretches, each without those before it."""
    own = rhythm(visits)
    left, free, found = visits.copy(), weights.copy(), []
    for _ in range(MOST_BURSTS):
        one = strongest(left, free, own)
        if one is None:
            break
        found.append(one)
        left[one.begin : one.end] = 0
        free[one.begin : one.end] = 0
    return found


def tried(hours: int) -> int:
    """Return how many stretches there are of so many hours."""
    return sum(max(0, hours - length + 1) for length in LENGTHS if _fits(length, hours))


def strongest(visits: Floats, weights: Floats, own: Floats | None) -> Burst | None:
    """Return the stretch whose visits exceed what is due by the largest likelihood ratio.

    `own` is the series' own rhythm, where it has one: what comes every week is no burst.
    """
    total, share = float(visits.sum()), float(weights.sum())
    if total <= 0 or share <= 0:
        return None
    base = own if own is not None else np.zeros(len(visits))
    sums, shares, bases = (_sums(one) for one in (visits, weights / share, base))
    flock = spread(visits, np.maximum(base, total * weights / share))
    best: tuple[float, int, int] | None = None
    for length in LENGTHS:
        if not _fits(length, len(visits)):
            break
        seen, due, usual = (one[length:] - one[:-length] for one in (sums, shares, bases))
        ratios = _ratios(seen, total, np.clip(due, 1e-12, 1 - 1e-12), usual)
        at = int(np.argmax(ratios))
        if ratios[at] > 0 and (best is None or ratios[at] > best[0]):
            best = (float(ratios[at]), at, at + length)
    if best is None:
        return None
    begin, end = _trimmed(visits, total * weights / share, best[1], best[2])
    return _burst(begin, end, (sums, shares, bases), total, flock)


def _fits(length: int, hours: int) -> bool:
    return length <= hours * MOST_SHARE


def _sums(numbers: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(numbers)))


def _ratios(seen: Floats, total: float, due: Floats, usual: Floats) -> Floats:
    """Return the log likelihood ratio of more visits inside, by either rhythm the smaller."""
    outside = total - seen
    inner = seen * np.log(np.maximum(seen, 1e-12) / (total * due))
    outer = outside * np.log(np.maximum(outside, 1e-12) / (total * (1 - due)))
    scanned = np.where(seen > total * due, inner + outer, 0.0)
    return np.minimum(scanned, chance.ratio(seen, np.maximum(usual, 1e-6)))


def _trimmed(visits: Floats, usual: Floats, begin: int, end: int) -> tuple[int, int]:
    """Return the stretch without hours at its ends that have no more than usual."""
    above = np.flatnonzero(visits[begin:end] > usual[begin:end])
    return (begin + int(above[0]), begin + int(above[-1]) + 1) if len(above) else (begin, end)


def _burst(
    begin: int, end: int, sums: tuple[Floats, Floats, Floats], total: float, flock: float
) -> Burst:
    seen, due, usual = (float(one[end] - one[begin]) for one in sums)
    due = min(max(due, 1e-12), 1 - 1e-12)
    expected = max((total - seen) * due / (1 - due), usual)
    several = np.array([seen]), total, np.array([due]), np.array([usual])
    strength = float(_ratios(*several)[0]) / flock
    return Burst(begin, end, seen, expected, total, due, usual, flock, strength)
