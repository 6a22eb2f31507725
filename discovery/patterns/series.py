"""Visitors hour by hour, of each part of the traffic, and what their hours usually weigh."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from discovery.patterns.cube import Floats
from discovery.patterns.rules import Rule, Term
from warehouse.language.studies.discovery import KEYS

HOUR = 3600
DAY, WEEK = 24, 168
LEAST_REPEATS = 4
"""A weekly rhythm is told from so many weeks on, else a daily one from as many days."""
LEAST_WEIGHT = 0.05
"""No hour is taken to have less than this share of what an hour has on average."""
TRIMMED = 0.9


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
    """Return what share of the visits each hour has by the rhythm of all traffic."""
    usual = rhythm(whole)
    if usual is None:
        usual = np.ones(len(whole))
    raised = np.maximum(usual, LEAST_WEIGHT * max(usual.mean(), 1e-9))
    shares: Floats = raised / raised.sum()
    return shares


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
    return max(1.0, float(kept.mean()))
