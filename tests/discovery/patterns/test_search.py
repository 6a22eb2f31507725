"""Rules over a block of traffic: what they hold, and which are the best."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.patterns import cube, search
from discovery.patterns.cube import SIDES, along, held, selectors
from tests.discovery.patterns.worlds import block


@st.composite
def blocks(draw):
    """Return a small block, and sets on its sides."""
    sizes = draw(st.tuples(*[st.integers(1, 3)] * 4))
    numbers = st.lists(st.integers(0, 9), min_size=1, max_size=1)
    cells = [draw(numbers)[0] for _ in range(int(np.prod(sizes)))]
    masks = [
        np.array(draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=one, max_size=one)))
        for one in sizes
    ]
    return np.array(cells, dtype=float).reshape(sizes), tuple(masks)


@settings(max_examples=60)
@given(blocks())
def test_what_sets_hold_is_the_sum_of_their_cells(drawn):
    numbers, masks = drawn
    inside = [
        at
        for at in itertools.product(*map(range, numbers.shape))
        if all(masks[side][at[side]] for side in SIDES)
    ]
    assert held(numbers, masks) == sum(numbers[at] for at in inside)
    assert (cube.region(masks) * numbers).sum() == held(numbers, masks)
    for side in SIDES:
        others = [
            at
            for at in itertools.product(*map(range, numbers.shape))
            if all(masks[other][at[other]] for other in SIDES if other != side)
        ]
        sums = [
            sum(numbers[at] for at in others if at[side] == value)
            for value in range(numbers.shape[side])
        ]
        assert along(numbers, masks, side).tolist() == sums


def test_rows_become_cells():
    rows = [
        ("a", "m", "c", "US", "", "mobile", [(0, 5, 3, 1), (23, 2, 2, 0)]),
        ("b", "m", "c", "US", "", "mobile", [(0, 7, 4, 0)]),
    ]
    found = cube.cube(rows)
    assert found.sides[0] == (("a", "m", "c"), ("b", "m", "c"))
    assert (found.visits.sum(), found.events.sum(), found.converting.sum()) == (9, 14, 1)
    assert found.visits[1, 0, 0, 0] == 4
    assert found.events[0, 0, 0, 23] == 2


def test_sets_are_told_by_the_plainest_terms():
    origins, places, devices, hours = selectors(block(1))
    assert [one.terms[0].field for one in origins[:12]] == ["source"] * 12
    assert {term.field for one in origins for term in one.terms} == {"source", "medium", "channel"}
    assert all(len(one.mask) == 12 for one in origins)
    assert {len(one.terms) for one in places} == {1, 2}
    assert len(devices) == 3
    wrapped = next(one for one in hours if one.terms[0].values == (23, 0, 1))
    assert np.flatnonzero(wrapped.mask).tolist() == [0, 1, 23]


def test_the_best_rule_is_as_good_as_any_of_one_or_two_sets():
    """Plain Python tries every pair of sets; the search finds one at least as good."""
    world = block(5, planted=400)
    choices = [one[:12] for one in selectors(world)]
    target = np.zeros_like(world.visits)
    target[3, 2, 1, 18:22] = world.visits[3, 2, 1, 18:22]
    worth = search.accuracy(world, target)
    every = [[None, *some] for some in choices]
    best = max(
        (worth * cube.region(_masks(world, chosen))).sum()
        for chosen in itertools.product(*every)
        if sum(one is not None for one in chosen) <= 2
    )
    found = search.best(world, worth, choices, most_terms=2)
    assert found[0].quality >= best - 1e-12
    assert abs(held(worth, found[0].masks(world)) - found[0].quality) < 1e-9


def _masks(world, chosen):
    pairs = zip(chosen, world.whole, strict=True)
    return tuple(whole if one is None else one.mask for one, whole in pairs)
