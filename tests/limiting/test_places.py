"""Places over several processes: never more than there are, and none lost with a process."""

import time
import uuid

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.limiting.places import LIFETIME_SECONDS, Places

MOST = 5
moves = st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=40)


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url, socket_timeout=0.2) as client:
        yield client


def process(client):
    return Places(lambda: client, time.monotonic)


@given(moves)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_together_processes_hold_as_many_as_there_are(client, moves):
    organization, held = uuid.uuid4().hex, [0, 0, 0]
    processes = [process(client) for _ in held]
    for number, enters in moves:
        if enters:
            fits = processes[number].enter(organization, MOST)
            assert fits == (sum(held) < MOST)
            held[number] += fits
        elif held[number]:
            processes[number].leave(organization)
            held[number] -= 1


def test_a_process_that_says_nothing_more_is_forgotten(client):
    organization, dead, living = uuid.uuid4().hex, process(client), process(client)
    key = f"places:{{{organization}}}"
    assert all(dead.enter(organization, MOST) for _ in range(MOST))
    assert not living.enter(organization, MOST)
    ((name, said),) = client.hgetall(key).items()
    count, until = map(int, said.split(b":"))
    assert until - time.time() <= LIFETIME_SECONDS + 1
    client.hset(key, name, f"{count}:{until - LIFETIME_SECONDS - 2}")
    assert living.enter(organization, MOST)
    assert name not in client.hgetall(key)


def test_what_redis_has_lost_is_said_again(client):
    organization, one, other = uuid.uuid4().hex, process(client), process(client)
    assert all(one.enter(organization, MOST) for _ in range(MOST))
    client.delete(f"places:{{{organization}}}")
    one.say_again()
    assert not other.enter(organization, MOST)
    one.leave(organization)
    assert other.enter(organization, MOST)


def test_without_redis_each_process_keeps_to_the_limit_alone():
    with redis.Redis(port=1, socket_timeout=0.1) as dead:
        alone = process(dead)
        assert [alone.enter("o", 2) for _ in range(3)] == [True, True, False]
        alone.leave("o")
        assert alone.enter("o", 2)
