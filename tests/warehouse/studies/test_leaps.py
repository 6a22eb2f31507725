"""Leaping from start to start finds the run that trying every start finds."""

from hypothesis import given
from hypothesis import strategies as st

from warehouse.studies.in_order import Ordered
from warehouse.studies.leaps import leap
from warehouse.studies.visitor import Ban, Run, Visitor, better


@st.composite
def visitors(draw):
    """Return a visitor of distinct moments, and what spoils runs from start to end."""
    count = draw(st.integers(2, 4))
    steps = [1 << draw(st.integers(0, 2)) for _ in range(count)]
    moments = draw(st.lists(st.integers(0, 60), unique=True, max_size=25))
    rows = [(moment, draw(st.integers(1, 7))) for moment in sorted(moments)]
    spoiling = st.lists(st.integers(0, 60), max_size=4, unique=True).map(sorted)
    bans = [Ban(0, count - 1, draw(spoiling)) for _ in range(draw(st.integers(0, 2)))]
    before = draw(st.none() | st.integers(0, 60))
    return Visitor(rows, steps, bans, draw(st.integers(1, 30)), before)


@given(visitors())
def test_leaping_finds_what_trying_every_start_finds(visitor):
    best: Run = ()
    for start in visitor.starts(visitor.steps[0]):
        best = better(Ordered(visitor, visitor.rows[start][0]).best((start,)), best)
    steps = [[visitor.moments[place] for place in places] for places in visitor.places]
    bars = sorted(moment for ban in visitor.bans for moment in ban.moments)
    found = leap(steps, bars, visitor.within, visitor.starts_before, visitor.watch)
    assert found == best
