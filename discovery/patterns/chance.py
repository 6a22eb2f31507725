"""How unlikely something is by chance, and how strongly the numbers speak against that.

Counts may be fractions: those of repeated visits are scaled down to visitors.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammainc, ndtr

Floats = NDArray[np.float64]
TINY = 1e-12


def at_least(observed: float, expected: float) -> float:
    """Return the chance of so many or more where `expected` come independently (Poisson)."""
    return float(gammainc(observed, max(expected, TINY))) if observed > 0 else 1.0


def at_least_of(observed: float, total: float, share: float) -> float:
    """Return the chance that so many or more of `total` fall into a `share` (binomial)."""
    if observed <= 0:
        return 1.0
    return float(betainc(observed, max(total - observed, 0) + 1, min(max(share, TINY), 1.0)))


def rates_differ(here: float, of_here: float, there: float, of_there: float) -> float:
    """Return the chance that a rate here exceeds that there so far or further.

    The larger of two: the binomial tail under the common rate, exact for few; and that of the
    two-sample test of proportions, which knows that the common rate is uncertain too.
    """
    common = (here + there) / max(of_here + of_there, TINY)
    spread = np.sqrt(max(common * (1 - common), TINY) * (1 / of_here + 1 / max(of_there, TINY)))
    far = (here / of_here - there / max(of_there, TINY)) / spread
    return max(at_least_of(here, of_here, common), float(ndtr(-far)))


def ratio(observed: Floats, expected: Floats) -> Floats:
    """Return the log likelihood ratio of Poisson counts that exceed what was expected, else 0."""
    base = np.maximum(expected, TINY)
    found = observed * np.log(np.maximum(observed, TINY) / base) - (observed - base)
    return np.where(observed > base, found, 0.0)
