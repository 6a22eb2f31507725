"""Visitors hour by hour, of each part of the traffic, and what their hours usually weigh."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.patterns.cube import Floats
from discovery.patterns.rules import Rule, Term
from warehouse.language.studies.discovery import KEYS

HOUR = 3600
DAY, WEEK, DAYS = 24, 168, 7
LEAST_REPEATS = 4
"""A weekly rhythm is told from so many weeks on, a daily one from as many days."""
LEAST_WEIGHT = 0.05
"""No hour is taken to have less than this share of what an hour has on average."""
PRIOR = 5.0
"""So many visits at the mean are added to those of each hour of the day, and day of the week."""
TRIMMED, TRIMMED_MEAN = 0.9, 0.623
"""Of squared standard normal residuals the smallest nine tenths have this mean."""


@dataclass(frozen=True, slots=True)
class Series:
    """The visitors of each hour of some traffic: all that fulfils `rule`."""

    rule: Rule
    visits: Floats


@dataclass(frozen=True, slots=True)
class Bundle:
    """Series over the same hours, the first of which begins at `start`, a Unix second."""

    start: int
    weights: Floats
    series: tuple[Series, ...]


def bundle(rows: Sequence[tuple[object, ...]]) -> Bundle | None:
    """Return the series of rows (mask, keys, cells of second, events, visitors …), or None.

    Their hours end with the last one that has any event; one series, without a rule, is of all.
    """
    seconds = [cell[0] for row in rows for cell in row[7]]  # type: ignore[attr-defined]
    if not seconds:
        return None
    start, hours = min(seconds), (max(seconds) - min(seconds)) // HOUR + 1
    every = []
    for row in rows:
        visits = np.zeros(hours)
        for second, _, visitors, _ in row[7]:  # type: ignore[attr-defined]
            visits[(second - start) // HOUR] += visitors
        every.append(Series(_rule(row), visits))
    whole = next((one.visits for one in every if not one.rule), None)
    return None if whole is None else Bundle(start, weights(whole), tuple(every))


def _rule(row: Sequence[object]) -> Rule:
    """Return what the series is told apart by: a key whose bit of the mask is not set."""
    mask = int(str(row[0]))
    last = len(KEYS) - 1
    return tuple(
        Term(name, (str(row[1 + at]),))
        for at, name in enumerate(KEYS)
        if not mask >> (last - at) & 1
    )


def weights(whole: Floats) -> Floats:
    """Return what share of the visits each hour has by the daily and weekly rhythm of all traffic.

    Single hours that stand out are cut down first, or what is looked for would be part of it.
    """
    if len(whole) < LEAST_REPEATS * DAY:
        return np.full(len(whole), 1 / len(whole))
    capped = np.minimum(whole, _caps(whole))
    daily = _factors(capped, np.arange(len(whole)) % DAY)
    days = np.arange(len(whole)) // DAY % DAYS
    weekly = _factors(capped, days) if len(whole) >= LEAST_REPEATS * WEEK else 1.0
    raised = np.maximum(daily * weekly, LEAST_WEIGHT)
    shares: Floats = raised / raised.sum()
    return shares


def _caps(whole: Floats) -> Floats:
    """Return for each hour what nine tenths of the same hours of other days stay below."""
    padded = np.full(-(-len(whole) // DAY) * DAY, np.nan)
    padded[: len(whole)] = whole
    caps = np.nanquantile(padded.reshape(-1, DAY), TRIMMED, axis=0, method="lower")
    return np.resize(np.maximum(caps, 1.0), len(whole))


def _factors(visits: Floats, slots: NDArray[np.int64]) -> Floats:
    """Return how many times the mean each hour's slot has; where visits are few, nearer to once."""
    mean = max(float(visits.mean()), 1e-9)
    sums, counts = np.bincount(slots, visits), np.bincount(slots)
    factors: Floats = ((sums + PRIOR) / (counts * mean + PRIOR))[slots]
    return factors


def rhythm(visits: Floats) -> Floats | None:
    """Return the median over weeks, or days, of each hour's like; None where there are too few."""
    for period in (WEEK, DAY):
        if len(visits) >= LEAST_REPEATS * period:
            padded = np.full(-(-len(visits) // period) * period, np.nan)
            padded[: len(visits)] = visits
            medians = np.nanmedian(padded.reshape(-1, period), axis=0)
            return np.resize(medians, len(visits))
    return None


def spread(visits: Floats, usual: Floats) -> float:
    """Return how much more hours vary than by chance: 1, or more where visits come in flocks.

    The mean of squared Pearson residuals without the largest tenth, which may be what is looked
    for (McCullagh & Nelder 1989, §4.5.2, trimmed).
    """
    base = np.maximum(usual, 1e-9)
    residuals = np.sort((visits - usual) ** 2 / base)
    kept = residuals[: max(1, int(len(residuals) * TRIMMED))]
    return max(1.0, float(kept.mean()) / TRIMMED_MEAN)
