"""Clusters and outcomes: what is planted is found, and in chance alone nothing is."""

from dataclasses import replace

import numpy as np
import pytest

from discovery.patterns import chance, clusters
from discovery.patterns.candidates import ALPHA
from discovery.patterns.rules import Term
from tests.discovery.patterns.worlds import block

SEEDS = range(8)


@pytest.mark.parametrize("seed", range(100, 112))
def test_in_a_homogeneous_world_there_is_nothing(seed):
    assert clusters.found(block(seed, visits=4_000 * (seed % 5 + 1))) == []


def test_where_nobody_is_there_is_nothing():
    empty = block(1, visits=0)
    assert clusters.found(empty) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_what_meets_too_often_is_found_and_told_in_full(seed):
    (found,) = clusters.found(block(seed, planted=300))
    told = {term.field: term.values for term in found.rule}
    hours = told.pop("hour_of_day")
    assert {18, 19, 20, 21} <= set(hours) <= set(range(17, 24))
    assert told == {
        "source": ("s3",),
        "country": ("C1",),
        "region": ("R2",),
        "device_type": ("d1",),
    }
    assert found.sort == "together"
    assert found.observed > 4 * found.expected


@pytest.mark.parametrize("seed", SEEDS)
def test_who_converts_more_often_is_found_and_nobody_else(seed):
    (found,) = clusters.found(block(seed, converts=True))
    assert found.rule == (Term("source", ("s5",)),)
    assert found.sort == "outcome"
    assert 3 < found.lift < 8


def test_several_of_a_sort_are_found_one_after_the_other(monkeypatch):
    monkeypatch.setattr(clusters, "grouped", lambda *_: [])
    world = block(2, planted=300)
    world.visits[7, 8, 0, 3:7] += 60
    world.converting[5] = world.visits[5] / 7
    world.converting[:, 6:8] = world.visits[:, 6:8] / 7
    found = clusters.found(world)
    told = {(one.sort, one.rule[0].values[0]) for one in found}
    assert told == {
        ("together", "s3"),
        ("together", "s7"),
        ("outcome", "s5"),
        ("outcome", "C3"),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_both_are_told_apart(seed):
    found = clusters.found(block(seed, planted=300, converts=True))
    assert sorted(one.sort for one in found) == ["outcome", "together"]


def test_visits_of_a_few_visitors_are_no_pattern():
    (found,) = clusters.found(block(1, planted=300))
    assert found.chance_of(250) < ALPHA
    assert found.chance_of(4) > ALPHA


def test_the_same_block_gives_the_same_answer():
    one, other = (clusters.found(block(3, planted=300, converts=True)) for _ in range(2))
    assert [(each.rule, each.strength) for each in one] == [
        (each.rule, each.strength) for each in other
    ]


def test_chance_is_that_of_plain_python():
    """Tails as sums of probabilities, written from their definitions."""
    masses = [np.exp(-4.0)]
    for count in range(1, 60):
        masses.append(masses[-1] * 4.0 / count)
    for count in range(1, 12):
        assert chance.at_least(count, 4.0) == pytest.approx(1 - sum(masses[:count]))
    coin = [0.3**k * 0.7 ** (9 - k) * _ways(9, k) for k in range(10)]
    for count in range(1, 10):
        assert chance.at_least_of(count, 9, 0.3) == pytest.approx(sum(coin[count:]))
    assert chance.at_least(0, 4.0) == chance.at_least_of(0, 9, 0.3) == 1
    assert chance.rates_differ(30, 100, 30, 100) == pytest.approx(0.5, abs=0.05)
    assert chance.rates_differ(60, 100, 300, 1000) < 1e-6


def _ways(total, some):
    ways = 1
    for at in range(some):
        ways = ways * (total - at) // (at + 1)
    return ways


def test_a_side_of_one_value_is_in_no_rule():
    world = block(1, planted=300, converts=True)
    nowhere = replace(
        world,
        sides=(world.sides[0], (("", ""),), *world.sides[2:]),
        visits=world.visits.sum(1, keepdims=True),
        converting=world.converting.sum(1, keepdims=True),
    )
    told = {term.field for one in clusters.found(nowhere) for term in one.rule}
    assert told == {"source", "device_type", "hour_of_day"}
