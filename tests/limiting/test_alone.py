"""The window of one process, against a list of all that was ever taken."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.limiting.conftest import Clock
from warehouse.limiting.alone import REMEMBERED, Alone

QUOTA, SECONDS = 10, 60
moves = st.lists(st.tuples(st.floats(0, 20), st.integers(1, 6)), max_size=60)


@given(moves)
@settings(max_examples=100, deadline=None)
def test_no_window_holds_more_than_the_quota_and_a_refusal_has_its_reason(moves):
    clock = Clock()
    taken: list[tuple[float, int]] = []
    alone = Alone(clock)
    for pause, need in moves:
        clock.seconds += pause
        fits, left, wait = alone.take("k", QUOTA, SECONDS, need)
        assert 0 < wait <= SECONDS + 2
        within = sum(count for at, count in taken if at > clock.seconds - SECONDS)
        nearly = sum(count for at, count in taken if at > clock.seconds - SECONDS - 2)
        assert fits or nearly + need > QUOTA
        if fits:
            taken.append((clock.seconds, need))
            assert within + need <= QUOTA
            assert left <= QUOTA - within - need


def test_windows_nobody_uses_are_forgotten_first():
    alone = Alone(Clock())
    for number in range(REMEMBERED + 1):
        alone.take(str(number), 1, SECONDS, 1)
    assert alone.take("0", 1, SECONDS, 1)[0]
    assert not alone.take(str(REMEMBERED), 1, SECONDS, 1)[0]
