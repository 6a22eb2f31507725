"""Anomalies: hours far above what they should be are found, and in chance alone none."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.patterns import bursts, scan
from discovery.patterns.rules import Term
from discovery.patterns.series import Bundle, Series, bundle, spread, weights
from tests.discovery.patterns import worlds

SEEDS = range(6)
A = Term("source", ("a",))


@pytest.mark.parametrize("seed", range(100, 112))
def test_in_a_homogeneous_world_there_is_nothing(seed):
    assert bursts.found(worlds.bundle(seed)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_bursts_are_found_at_their_hours_and_no_others(seed):
    found = bursts.found(worlds.bundle(seed, planted=True))
    told = {one.rule[0].values[0]: one for one in found if one.rule}
    assert set(told) == {"s0", "s1", "s2"}
    assert len(found) == worlds.PLANTED
    for number in range(worlds.PLANTED):
        one, begin = told[f"s{number}"], 300 + number * 50
        assert one.start
        assert one.end
        assert one.start.timestamp() / 3600 >= begin - 1
        assert one.end.timestamp() / 3600 <= begin + 4
        assert one.voice > 0.95


def test_what_comes_every_week_is_no_burst():
    world = worlds.bundle(1)
    weekly = np.zeros(worlds.HOURS)
    weekly[9::168] = 30
    every = Bundle(0, world.weights, (*world.series, Series(world.series[1].rule, weekly)))
    assert bursts.found(every) == []
    weekly[9 + 168 * 2] = 200
    assert len(bursts.found(every)) == 1
    weekly[9::168] = 60
    weekly[400:402] = 20
    (found,) = bursts.found(every)
    assert found.start
    assert found.start.timestamp() == 400 * 3600


def test_several_bursts_of_one_series_are_all_found():
    visits = np.zeros(worlds.HOURS)
    visits[::7] = 1
    visits[100:103] += 40
    visits[300:306] += 20
    whole = Series((), visits + 9)
    found = bursts.found(Bundle(0, weights(whole.visits), (whole, Series((A,), visits))))
    hours = sorted(one.start.timestamp() / 3600 for one in found if one.rule and one.start)
    assert hours == [100, 300]


def test_by_its_own_rhythm_a_burst_may_be_chance():
    one = scan.Burst(5, 6, 30.0, 30.0, 120.0, 0.001, 0.0, 1.0, 9.0)
    assert one.chance(1) < 1e-30
    assert replace(one, own=30.0).chance(1) == pytest.approx(0.5, abs=0.05)
    assert one.chance(1) < replace(one, flock=6.0).chance(1) < 1e-6
    assert one.chance(0.1) > one.chance(1)


def test_visits_that_come_in_flocks_are_weighed_by_their_flocks():
    chance = np.random.default_rng(1)
    flocks = (chance.poisson(1.5, 2_000) * 6).astype(float)
    assert 5 < spread(flocks, np.full(2_000, flocks.mean())) < 7
    single = chance.poisson(9, 2_000).astype(float)
    assert spread(single, np.full(2_000, 9.0)) < 1.3


@settings(max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=60))
def test_the_scan_takes_the_stretch_that_plain_python_takes(visits):
    numbers = np.array(visits, dtype=float)
    shares = np.full(len(visits), 1 / len(visits))
    found = scan.strongest(numbers, shares, None)
    best = max(
        (
            _ratio(sum(visits[begin : begin + length]), sum(visits), length / len(visits))
            for length in scan.LENGTHS
            if length <= len(visits) / 4
            for begin in range(len(visits) - length + 1)
        ),
        default=0,
    )
    if found is None:
        assert best == 0
    else:
        trimmed = _ratio(found.observed, sum(visits), found.share)
        assert found.strength * found.flock == pytest.approx(trimmed)
        assert trimmed >= best * 0.7  # hours at its ends that have no more than usual are left out


def _ratio(seen, total, share):
    """The log likelihood ratio as its definition has it; 0 unless there is more than due."""
    if seen <= total * share:
        return 0
    rest = total - seen
    outside = rest * math.log(rest / (total * (1 - share))) if rest else 0
    return seen * math.log(seen / (total * share)) + outside


def test_rows_become_series_told_apart_by_what_their_mask_names():
    everything, by_source = 0b111111, 0b011111
    rows = [
        (everything, "", "", "", "", "", "", [(7200, 3, 2, 0), (14400, 1, 1, 0)], 4),
        (by_source, "a", "", "", "", "", "", [(10800, 3, 2, 0)], 3),
    ]
    found = bundle(rows)
    assert found is not None
    assert found.start == 7200
    assert [one.visits.tolist() for one in found.series] == [[2, 0, 1], [0, 2, 0]]
    assert found.series[0].rule == ()
    assert [(term.field, term.values) for term in found.series[1].rule] == [("source", ("a",))]
    assert bundle([]) is None


def test_hours_weigh_what_their_like_do():
    whole = np.tile(np.arange(24.0), 10)
    whole[100] = 10_000
    found = weights(whole)
    assert found.sum() == pytest.approx(1)
    plain = np.tile(np.arange(24.0), 10)
    assert found == pytest.approx(weights(plain), rel=0.15)
    assert found[0] == pytest.approx(found.mean() * 0.05, rel=0.05)
