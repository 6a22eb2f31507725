"""How many sockets and subscriptions a caller and an organization may have in one process."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from reports.ws import callers
from reports.ws.callers import Caller, Callers
from warehouse.exceptions import LimitExceeded, SourceUnavailable
from warehouse.tenancy.principal import Principal, Tenant

ACME = Tenant(id="0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55", slug="acme")


class Guest:
    async def dismiss(self, exc):
        raise AssertionError("nobody is sent away here")


def principal(number=0):
    return Principal(f"key:{number}", ACME, frozenset())


async def test_a_caller_has_so_many_sockets_and_then_as_many_as_it_closes():
    present, guests = Callers(), [Guest() for _ in range(callers.PER_CALLER)]
    entered = [present.enter(principal(), guest) for guest in guests]
    assert len(set(map(id, entered))) == 1
    with pytest.raises(LimitExceeded, match="A caller may have") as refused:
        present.enter(principal(), Guest())
    assert refused.value.retry_after
    present.leave(entered[0], guests[0])
    assert present.enter(principal(), Guest()) is entered[0]


@pytest.mark.parametrize("by", ["session", "credential"])
async def test_what_one_login_or_token_opened_does_not_stand_on_another(by):
    present = Callers()
    first, second, again = (
        present.enter(replace(principal(), **{by: mark}), Guest()) for mark in ("a", "b", "a")
    )
    assert first is again
    assert first is not second
    assert [getattr(one.principal, by) for one in (first, second)] == ["a", "b"]


async def test_an_organization_has_so_many_whoever_opens_them():
    present = Callers()
    for number in range(callers.PER_ORGANIZATION):
        present.enter(principal(number), Guest())
    with pytest.raises(LimitExceeded, match="An organization may have"):
        present.enter(principal(-1), Guest())


def test_subscriptions_are_counted_over_all_sockets_of_a_caller():
    caller = Caller(principal())
    allowed = 0
    while allowed < 2 * callers.BURST and takes(caller):
        allowed += 1
    assert callers.BURST <= allowed < 2 * callers.BURST
    assert not caller.rested


def takes(caller):
    try:
        caller.count_subscription()
    except LimitExceeded:
        return False
    return True


def test_more_than_so_many_at_once_are_asked_to_come_back():
    present = Callers()
    with ExitStack() as waiting:
        for _ in range(callers.ARRIVING):
            waiting.enter_context(present.arrival())
        with pytest.raises(SourceUnavailable), present.arrival():
            pass
    with present.arrival():
        assert present.arriving == 1
