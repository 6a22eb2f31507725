"""Clusters: values that meet more often than chance has it, and rules whose visitors convert.

Chance is that origin, device, and hour with place are independent of each other. Hour and place are
taken together, as time zones make them depend on each other everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from discovery.patterns import chance
from discovery.patterns.candidates import ALPHA, OUTCOME, TOGETHER, Candidate
from discovery.patterns.cube import (
    DEVICES,
    ORIGINS,
    Cube,
    Floats,
    Masks,
    Selector,
    held,
    region,
    selectors,
)
from discovery.patterns.groups import grouped
from discovery.patterns.search import Found, accuracy, best, sharpened, single

LEAST_LIFT = 1.5
LEAST_CONVERTING = 5
LEAST_COVERED = 0.3
"""A rule must hold so much of the group it describes."""
UNUSUAL = 3.0
"""Cells are grouped that have so many standard deviations more visits than chance gives them."""
SAME = 0.4
"""Rules are the same pattern that share so much of what either holds (Jaccard)."""
INSIDE = 0.8
"""So they are where so much of the smaller one lies in the other."""
OUTCOME_TERMS = 2
STARTS = 30
ROUNDS = 6
"""So many rules of each sort are looked for, one after the other."""
Watch = Callable[[], None]
Choices = Sequence[Sequence[Selector]]
Pair = tuple[Found, Candidate]


def found(block: Cube, watch: Watch = lambda: None) -> list[Candidate]:
    """Return the candidates of a block, the strongest first, none twice."""
    if block.visits.sum() <= 0:
        return []
    choices = selectors(block)
    tried = prod(len(side) + 1 for side in choices)
    every = []
    for make in (partial(_groups, watch), _meetings, _outcomes):
        for pair in make(block, choices, tried):
            watch()
            every.append(pair)
    return _distinct(block, every)


def expected(block: Cube) -> Floats:
    """Return the visits that chance would give each cell."""
    visits = block.visits
    total = visits.sum()
    origins, devices = visits.sum((1, 2, 3)) / total, visits.sum((0, 1, 3)) / total
    when_and_where = visits.sum((ORIGINS, DEVICES))
    usual: Floats = np.einsum("o,d,ph->opdh", origins, devices, when_and_where)
    return usual


def _groups(watch: Watch, block: Cube, choices: Choices, tried: int) -> Iterator[Pair]:
    """Yield the best description of each group of cells that have more than chance gives them."""
    usual = expected(block)
    more = block.visits - usual
    unusual = (more > UNUSUAL * np.sqrt(usual)) & (block.visits > 1)
    for group in grouped(block, np.where(unusual, more, 0.0), watch):
        goal = group.sum()
        told = [
            _meeting(block, usual, one, tried)
            for one in best(block, accuracy(block, group), choices)
            if held(group, one.masks(block)) >= LEAST_COVERED * goal
        ]
        if told:
            one, _ = max(told, key=_strength)
            yield _meeting(block, usual, sharpened(block, usual, one, choices), tried)


def _meetings(block: Cube, choices: Choices, tried: int) -> Iterator[Pair]:
    """Yield the rules with most visits more than by chance, each without those before it."""
    usual = expected(block)
    more = (block.visits - usual) / block.visits.sum()
    # A set alone has what chance gives it, neither more nor less: rules begin with each of some.
    starts = [
        one for side in (ORIGINS, DEVICES) for one in single(block, choices[side], side, STARTS)
    ]
    for _ in range(ROUNDS):
        rules = best(block, more, choices, starts=starts)
        told = [_meeting(block, usual, one, tried) for one in rules]
        told = [pair for pair in told if _counts(pair[1])]
        if not told:
            return
        one = sharpened(block, usual, max(told, key=_strength)[0], choices)
        yield _meeting(block, usual, one, tried)
        more = more * (1 - region(one.masks(block)))


def _meeting(block: Cube, by_chance: Floats, one: Found, tried: int) -> Pair:
    masks = one.masks(block)
    visits, usual = held(block.visits, masks), held(by_chance, masks)

    def chances(scale: float) -> float:
        return min(1.0, tried * chance.at_least(visits * scale, usual * scale))

    strength = float(chance.ratio(np.array(visits), np.array(usual)))
    return one, Candidate(TOGETHER, one.rule, visits, visits, usual, strength, chances)


def _outcomes(block: Cube, choices: Choices, tried: int) -> Iterator[Pair]:
    """Yield the rules whose visitors convert most often, each among what those before it left."""
    for _ in range(ROUNDS):
        if block.converting.sum() < LEAST_CONVERTING:
            return
        worth = accuracy(block, block.converting)
        rules = best(block, worth, choices, most_terms=OUTCOME_TERMS)
        told = [_outcome(block, one, tried) for one in rules]
        told = [pair for pair in told if _counts(pair[1])]
        if not told:
            return
        one, made = max(told, key=_strength)
        yield one, made
        left = 1 - region(one.masks(block))
        block = replace(block, visits=block.visits * left, converting=block.converting * left)


def _outcome(block: Cube, one: Found, tried: int) -> Pair:
    masks = one.masks(block)
    visits, converting = held(block.visits, masks), held(block.converting, masks)
    others = float(block.visits.sum()) - visits
    there = float(block.converting.sum()) - converting
    usual = visits * there / max(others, 1)
    differ = partial(_differ, (converting, visits, there, others), tried)
    strength = float(chance.ratio(np.array(converting), np.array(usual)))
    return one, Candidate(OUTCOME, one.rule, visits, converting, usual, strength, differ)


def _counts(made: Candidate) -> bool:
    """Tell whether chance does not explain it and it makes a difference."""
    enough = made.sort != OUTCOME or made.observed >= LEAST_CONVERTING
    return enough and made.lift >= LEAST_LIFT and made.chance(1.0) < ALPHA


def _strength(pair: Pair) -> float:
    return pair[1].strength


def _differ(counts: tuple[float, ...], tried: int, scale: float) -> float:
    here, of_here, there, of_there = (one * scale for one in counts)
    return min(1.0, tried * chance.rates_differ(here, of_here, there, of_there))


def _distinct(block: Cube, every: Sequence[Pair]) -> list[Candidate]:
    """Return what counts; of candidates that are the same, the stronger."""
    kept: list[tuple[Masks, Candidate]] = []
    for one, made in sorted(every, key=lambda pair: -_strength(pair)):
        masks = one.masks(block)
        if _counts(made) and not any(_same(block, masks, other) for other, _ in kept):
            kept.append((masks, made))
    return [made for _, made in kept]


def _same(block: Cube, one: Masks, other: Masks) -> bool:
    both = tuple(here * there for here, there in zip(one, other, strict=True))
    shared, first, second = (held(block.visits, masks) for masks in (both, one, other))
    return shared >= SAME * (first + second - shared) or shared >= INSIDE * min(first, second)
