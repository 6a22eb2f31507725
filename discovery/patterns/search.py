"""Finds the short rules that describe some of the traffic best: a beam search.

Quality is weighted relative accuracy (Lavrač, Flach & Zupan 1999): how much more of the target a
rule holds than traffic of its size would, as a share of all of the target.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from discovery.patterns.chance import ratio
from discovery.patterns.cube import SIDES, Cube, Floats, Masks, Selector, along, held, united
from discovery.patterns.rules import Rule

WIDTH = 8
GAIN = 1.02
"""A longer rule must be better by so much than the one it grows from."""
SETS = 3
"""Of how many values a set is put together, at most, on each side."""


@dataclass(frozen=True, slots=True)
class Found:
    """A rule as one set on some sides (None: all of the side), and how good it is."""

    chosen: tuple[Selector | None, ...]
    quality: float

    @property
    def rule(self) -> Rule:
        """The terms of its sets."""
        return tuple(term for one in self.chosen if one is not None for term in one.terms)

    def masks(self, block: Cube) -> Masks:
        """Return its sets."""
        return tuple(
            whole if one is None else one.mask
            for one, whole in zip(self.chosen, block.whole, strict=True)
        )


def accuracy(block: Cube, target: Floats) -> Floats:
    """Return what each cell adds to the weighted relative accuracy of a rule about `target`."""
    goal, weight = float(target.sum()), float(block.visits.sum())
    shares: Floats = target / max(goal, 1e-9) - block.visits / max(weight, 1e-9)
    return shares


def best(
    block: Cube,
    worth: Floats,
    choices: Sequence[Sequence[Selector]],
    *,
    most_terms: int = len(SIDES),
    starts: Sequence[Found] = (),
) -> list[Found]:
    """Return the rules whose cells are `worth` most together, the best first.

    They grow from nothing, or from `starts`, which need not be worth anything themselves.
    """
    sized = [(*some, *_sets(worth, block, side, some)) for side, some in enumerate(choices)]
    tables = _tables(sized)
    beam, every = starts or [Found((None,) * len(SIDES), 0.0)], []
    for _ in range(most_terms):
        grown = [
            longer for shorter in beam for longer in _grow(shorter, worth, block, (sized, tables))
        ]
        beam = sorted(_each_once(grown), key=lambda one: -one.quality)[:WIDTH]
        every += beam
    return sorted(every, key=lambda one: -one.quality)


def single(block: Cube, choices: Sequence[Selector], side: int, most: int) -> list[Found]:
    """Return the rules of one set on a side, those with most visits."""
    visits = along(block.visits, block.whole, side)
    largest = sorted(choices, key=lambda one: -float(one.mask @ visits))[:most]
    return [_with(Found((None,) * len(SIDES), 0.0), side, one, 0.0) for one in largest]


def sharpened(
    block: Cube, usual: Floats, found: Found, choices: Sequence[Sequence[Selector]]
) -> Found:
    """Return the rule with the further sets that make its visits most unlikely by chance."""
    tables = _tables(choices)
    while True:
        masks = found.masks(block)
        seen, due = held(block.visits, masks), held(usual, masks)
        known = float(ratio(np.array(seen), np.array(due))) * GAIN
        grown: Found | None = None
        for side in (side for side in SIDES if found.chosen[side] is None and choices[side]):
            ratios = ratio(
                tables[side] @ along(block.visits, masks, side),
                tables[side] @ along(usual, masks, side),
            )
            at = int(np.argmax(ratios))
            if ratios[at] > known:
                known, grown = float(ratios[at]), _with(found, side, choices[side][at], known)
        if grown is None:
            return found
        found = grown


def _with(found: Found, side: int, one: Selector, quality: float) -> Found:
    return Found((*found.chosen[:side], one, *found.chosen[side + 1 :]), quality)


def _tables(choices: Sequence[Sequence[Selector]]) -> list[Floats]:
    """Return the sets of each side as the rows of a table."""
    return [np.array([one.mask for one in some]) for some in choices]


def _grow(
    shorter: Found,
    worth: Floats,
    block: Cube,
    sets: tuple[Sequence[Sequence[Selector]], Sequence[Floats]],
) -> Iterator[Found]:
    """Yield the best rules with one set more."""
    (choices, tables), masks = sets, shorter.masks(block)
    for side in SIDES:
        if shorter.chosen[side] is not None or not choices[side]:
            continue
        qualities = tables[side] @ along(worth, masks, side)
        for at in np.argsort(-qualities, kind="stable")[:WIDTH]:
            if qualities[at] > shorter.quality * GAIN:
                yield _with(shorter, side, choices[side][at], float(qualities[at]))


def _sets(worth: Floats, block: Cube, side: int, some: Sequence[Selector]) -> Iterator[Selector]:
    """Yield the best value of each field together with the next best ones."""
    if side == SIDES[-1] or not some:
        return
    sums = along(worth, block.whole, side)
    ranked = sorted(some, key=lambda one: -float(one.mask @ sums))
    for name in dict.fromkeys(one.terms[0].field for one in some):
        same = [one for one in ranked if len(one.terms) == 1 and one.terms[0].field == name]
        union: Selector | None = same[0] if same else None
        for one in same[1:SETS]:
            union = None if union is None else united(union, one)
            if union is not None and not union.mask.all():
                yield union


def _each_once(found: Sequence[Found]) -> list[Found]:
    """Return rules without those that say the same in another order."""
    return list({one.rule: one for one in found}.values())
