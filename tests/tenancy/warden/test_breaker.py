"""The breaker opens after failures in a row, lets one try a second, and closes with one answer."""

from hypothesis import given
from hypothesis import strategies as st

from warehouse.tenancy.warden.breaker import FAILURES, REST_SECONDS, Breaker


class Plain:
    """What a breaker does, in the plainest words: a list of what happened and when."""

    def __init__(self):
        self.row, self.last = 0, None

    def step(self, instant, works):
        """Return whether it lets the call through, which then ends as told."""
        if self.row >= FAILURES and instant - self.last < REST_SECONDS:
            return False
        self.row, self.last = (0 if works else self.row + 1), instant
        return True


@given(st.lists(st.tuples(st.sampled_from((0.0, 0.25, 0.5, 1.0)), st.booleans()), max_size=60))
def test_it_does_what_a_plain_one_does(steps):
    instant = 0.0
    breaker, plain = Breaker(elapsed=lambda: instant), Plain()
    for wait, works in steps:
        instant += wait
        may = breaker.may_try()
        assert may == plain.step(instant, works)
        if may:
            (breaker.succeeded if works else breaker.failed)()


def test_of_an_open_one_a_single_caller_tries():
    instant = 0.0
    breaker = Breaker(elapsed=lambda: instant)
    assert [breaker.failed() for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    instant = REST_SECONDS
    assert [breaker.may_try() for _ in range(3)] == [True, False, False]
    instant += REST_SECONDS  # whoever tried never told how it ended
    assert breaker.may_try()
    assert breaker.succeeded()
    assert all(breaker.may_try() for _ in range(3))
