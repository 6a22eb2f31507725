"""Anomalies: stretches of hours in which some traffic is far above what it should be.

A scan of each series decides. An isolation forest (Liu, Ting & Zhou 2008) over the hours of the
series concerned gives a second opinion, which only their confidence hears.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from sklearn.ensemble import IsolationForest

from discovery.patterns.candidates import ALPHA, BURST, Candidate
from discovery.patterns.cube import Floats
from discovery.patterns.rules import Rule, may_meet
from discovery.patterns.scan import Burst, bursts, tried
from discovery.patterns.series import HOUR, Bundle, Series

LEAST_LIFT = 2.0
OVERLAP = 0.5
"""Two bursts are at the same time that share so much of the shorter one."""
TREES, SEED, MOST_HOURS = 50, 0, 4_096
Watch = Callable[[], None]
Told = tuple[Series, Burst, Candidate]


def found(bundle: Bundle, watch: Watch = lambda: None) -> list[Candidate]:
    """Return the candidates of a bundle of series, the strongest first, none twice."""
    rules = len(bundle.series) * max(1, tried(len(bundle.weights)))
    told: list[Told] = []
    for series in bundle.series:
        watch()
        for burst in bursts(series.visits, bundle.weights):
            made = _candidate(bundle, series.rule, burst, rules)
            if made.lift < LEAST_LIFT or made.chance(1.0) >= ALPHA:
                break
            told.append((series, burst, made))
    kept = _distinct(told)
    voices = _voices(bundle, kept)
    return [replace(made, voice=voice) for (_, _, made), voice in zip(kept, voices, strict=True)]


def _candidate(bundle: Bundle, rule: Rule, burst: Burst, rules: int) -> Candidate:
    def chances(scale: float) -> float:
        return min(1.0, rules * burst.chance(scale))

    return Candidate(
        sort=BURST,
        rule=rule,
        visits=burst.observed,
        observed=burst.observed,
        expected=burst.expected,
        strength=burst.strength,
        chance=chances,
        start=_moment(bundle.start + burst.begin * HOUR),
        end=_moment(bundle.start + burst.end * HOUR),
    )


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _distinct(told: Sequence[Told]) -> list[Told]:
    """Return of bursts that may be the same traffic at the same time the strongest one.

    Of equally strong ones the one of the shortest rule.
    """
    kept: list[Told] = []
    for one in sorted(told, key=lambda each: (-round(each[2].strength, 6), len(each[0].rule))):
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: Told, other: Told) -> bool:
    here, there = one[1], other[1]
    shared = min(here.end, there.end) - max(here.begin, there.begin)
    shorter = min(here.end - here.begin, there.end - there.begin)
    return shared >= OVERLAP * shorter and may_meet(one[0].rule, other[0].rule)


def _voices(bundle: Bundle, told: Sequence[Told]) -> list[float]:
    """Return for each burst the share of hours that are less isolated than its most isolated."""
    if not told:
        return []
    tables = {id(series): _hours(series.visits, bundle.weights) for series, _, _ in told}
    every = np.concatenate(list(tables.values()))
    step = -(-len(every) // MOST_HOURS)
    forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(every[::step])
    usual = np.sort(-forest.score_samples(every[::step]))
    found = []
    for series, burst, _ in told:
        score = float((-forest.score_samples(tables[id(series)][burst.begin : burst.end])).max())
        found.append(float(np.searchsorted(usual, score)) / len(usual))
    return found


def _hours(visits: Floats, weights: Floats) -> Floats:
    """Return what each hour is judged by: how far from what is due, and the step to it."""
    due = visits.sum() * weights
    far = (visits - due) / np.sqrt(np.maximum(due, 1.0))
    return np.column_stack([far, np.diff(far, prepend=far[:1])])
