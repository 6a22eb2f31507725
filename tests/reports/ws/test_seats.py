"""How many sockets an organization has open, whichever process serves them."""

import time

import pytest
import redis

from reports.ws.seats import Seat
from tests.conftest import free_port
from tests.live.stack import until
from tests.reports.doors import token_of
from tests.reports.ws.conftest import served
from warehouse.exceptions import LimitExceeded
from warehouse.limiting.places import Places
from warehouse.tenancy.plans import Limits
from warehouse.tenancy.principal import Tenant

MOST = 2


def nothing():
    """Return the way to a Redis that is not there."""
    return redis.Redis(port=1, socket_timeout=0.1)


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_over_all_processes(door, redis_url, acme, globex):
    acme.sockets = MOST
    acme.save()
    token = token_of(acme)
    with served(free_port(), redis_url) as second, door.of(token) as first_socket:
        with second.of(token) as other_socket:
            for socket in (first_socket, other_socket):
                assert socket.ask(type="ping") == {"type": "pong"}
            for process in (door, second):
                with process.of(token) as refused:
                    error = refused.next()["error"]
                    assert (error["status"], error["code"]) == (429, "limit-exceeded")
                    assert f"may have {MOST} sockets" in error["detail"]
                    assert refused.closed_with() == 4429
            with second.of(token_of(globex)) as foreign:
                assert foreign.ask(type="ping") == {"type": "pong"}
        until(lambda: welcome(door, token), what="a place after another socket has closed")


def welcome(door, token):
    with door.of(token) as socket:
        return socket.ask(type="ping") == {"type": "pong"}


def test_a_seat_that_is_left_while_it_is_taken_is_given_back():
    places = Places(nothing, time.monotonic)
    tenant = Tenant(id="o", slug="o", limits=Limits(sockets=1))
    seat = Seat(places)
    seat.let_go()
    assert seat._take(tenant.id, 1)
    assert Seat(places)._take(tenant.id, 1)


async def test_where_nothing_is_said_nothing_is_counted():
    places = Places(nothing, time.monotonic)
    for _ in range(3):
        await Seat(places).take(Tenant(id="o", slug="o"))
    one = Tenant(id="o", slug="o", limits=Limits(sockets=1))
    await Seat(places).take(one)
    with pytest.raises(LimitExceeded):
        await Seat(places).take(one)
