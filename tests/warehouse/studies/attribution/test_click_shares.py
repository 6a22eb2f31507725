"""How the journeys of one click are found and shared out: against plain Python, and bounded."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.studies.asking import study
from warehouse.language.studies.click import OF_ONE
from warehouse.planner.studies import plan_study
from warehouse.studies import click
from warehouse.studies.cents import FINEST, WHOLE, rounded, shared_out
from warehouse.studies.click import SHARES, Event
from warehouse.tally import Tally

HALF, BACK = 1000, 5
NOTHING = (None,) * 6
events = st.lists(
    st.builds(
        Event,
        visitor=st.just(1),
        at=st.integers(0, 20),
        touch=st.integers(0, 1),
        converts=st.integers(0, 1),
        points=st.integers(-5, 10**6),
        value=st.sampled_from("abc"),
        direct=st.integers(0, 1),
        clicked=st.integers(0, 1),
        conversion=st.just("buy"),
    ),
    min_size=1,
    max_size=30,
)


def plain(model, path):
    """Return each touchpoint's share, as exact as numbers are."""
    size, values = len(path), [event.value for event in path]
    others = [place for place, event in enumerate(path) if not event.direct]
    ones = {"first_touch": 0, "last_touch": size - 1, "last_non_direct": (others or [size - 1])[-1]}
    if model in ones:
        return [Fraction(place == ones[model]) for place in range(size)]
    if model == "position_based" and size > 2:
        middle = Fraction(1, 5 * (size - 2))
        return [Fraction(2, 5), *[middle] * (size - 2), Fraction(2, 5)]
    if model == "shapley":
        return [Fraction(1, len(set(values)) * values.count(value)) for value in values]
    if model == "time_decay":
        weights = [Fraction(2 ** ((event.at - path[-1].at) / HALF)) for event in path]
        whole = sum(weights)
        return [weight / whole for weight in weights]
    return [Fraction(1, size)] * size


@settings(max_examples=60, deadline=None)
@given(path=events, model=st.sampled_from(OF_ONE))
def test_shares_are_those_of_plain_python_and_add_up(path, model):
    path = sorted(path, key=lambda event: event.at)
    found = shared_out(WHOLE, SHARES[model](path, HALF) * (WHOLE * FINEST))
    expected = rounded(WHOLE, [share * WHOLE for share in plain(model, path)])
    assert [Decimal(units) / WHOLE for units in found] == expected
    assert sum(found) == WHOLE


@settings(max_examples=60, deadline=None)
@given(told=events)
def test_journeys_are_those_of_plain_python(told):
    own = sorted(told, key=lambda event: event.at)
    expected = []
    for place, one in enumerate(own):
        path = [e for e in own[: place + 1] if e.touch and e.at >= one.at - BACK]
        if one.converts and any(event.clicked for event in path):
            expected.append((one.at, path))
    expected = expected or [(None, [event for event in own if event.touch])]
    shown = _rows(own)
    wanted = [(at, event.at) for at, path in expected for event in path]
    assert [(at and at // 1000, moment // 1000) for moment, at in shown] == wanted


def _plan(limit=10_000):
    query = study("attribution", "o", click_id="c", include_journey=True)
    return plan_study(replace(query, limit=limit, study=replace(query.study, lookback_ms=BACK)))


def _rows(own, tally=None, limit=10_000):
    blocks = [[(*event, *NOTHING) for event in own]]
    found = click.rows(_plan(limit), blocks, tally or Tally())
    return [(row[0], row[-len(OF_ONE) - 2]) for block in found for row in block]


def _long(size):
    """Return touchpoints of one click, every one of which is a conversion too."""
    return [Event(1, at, 1, 1, 1, "a", 0, 1, "buy") for at in range(size)]


def test_no_more_is_shared_out_than_is_shown():
    told = SimpleNamespace(count=0)

    def watch():
        told.count += 1

    assert len(_rows(_long(20_000), Tally(watch), limit=100)) == 101
    assert told.count < 100


def test_it_stops_when_it_is_told_to():
    class Stopped(Exception):
        """The report was cancelled."""

    def watch():
        raise Stopped

    with pytest.raises(Stopped):
        _rows(_long(10), Tally(watch))


def test_of_very_many_events_the_first_are_looked_at_and_that_is_said():
    blocks = [[(*event, *NOTHING) for event in _long(5)]] * 2
    for most, cut in ((9, True), (10, False)):
        tally = Tally()
        assert len(click.read(blocks, tally, most)) == most
        assert tally.truncated is cut
