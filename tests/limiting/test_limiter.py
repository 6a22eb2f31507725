"""Limits over several processes: never more than the quota, and hardly less."""

import os
import signal
import threading
import time
import uuid

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.limiting.conftest import Clock, Trips
from warehouse.limiting.limiter import LEASE_SHARE, Charge, Limiter
from warehouse.limiting.table import LIMITS, Limit
from warehouse.limiting.window import Windows

MINUTE = LIMITS["events"]
SECOND = Limit("second", 1, "something", "open", "for tests")
QUOTA = 300
SETTINGS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
moves = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 60), st.booleans()), min_size=1, max_size=60
)


def take(limiter, group, need=1, quota=QUOTA, limit=MINUTE):
    fits, _ = limiter.take(group, [Charge(limit, "all", quota, need)])
    return fits


@given(moves)
@SETTINGS
def test_what_processes_get_is_within_the_quota_and_a_refusal_has_its_reason(trips, moves):
    clock, group, granted = Clock(), uuid.uuid4().hex, 0
    processes = [Limiter(trips, clock) for _ in range(3)]
    for number, need, later in moves:
        clock.seconds += later  # a lease lives half a second
        if take(processes[number], group, need):
            granted += need
        else:
            held_elsewhere = 2 * (QUOTA // LEASE_SHARE)
            assert granted + need > QUOTA - held_elsewhere
    assert granted <= QUOTA


@given(moves)
@SETTINGS
def test_what_was_not_used_up_is_given_back(trips, moves):
    clock, group = Clock(), uuid.uuid4().hex
    processes = [Limiter(trips, clock) for _ in range(3)]
    granted = sum(need for number, need, _ in moves if take(processes[number], group, need))
    for process in processes:
        clock.seconds += 1
        while take(process, group):
            granted += 1
    assert granted == QUOTA


def test_a_lone_process_gets_its_quota_to_the_last_and_no_more(limiter, group):
    assert [take(limiter, group) for _ in range(QUOTA + 1)] == [True] * QUOTA + [False]


def test_most_calls_cost_no_trip(limiter, trips, group):
    for _ in range(5000):
        take(limiter, group, quota=60_000)
    assert trips.count <= 6


def test_a_refusal_is_remembered_for_a_moment(limiter, trips, clock, group):
    assert take(limiter, group, QUOTA)
    before = trips.count
    assert not any(take(limiter, group) for _ in range(50))
    assert trips.count == before + 1
    clock.seconds += 1
    assert not take(limiter, group)
    assert trips.count == before + 2


def test_either_all_of_several_limits_are_counted_or_none(limiter, trips, clock, group):
    wide, narrow = Charge(MINUTE, "all", 10), Charge(MINUTE, "one", 3)
    assert [limiter.take(group, [wide, narrow])[0] for _ in range(4)] == [True] * 3 + [False]
    other = Charge(MINUTE, "other", 10)
    assert [limiter.take(group, [wide, other])[0] for _ in range(8)] == [True] * 7 + [False]


def test_a_standing_says_quota_rest_and_when_there_is_more(limiter, group):
    _, (standing,) = limiter.take(group, [Charge(MINUTE, "all", QUOTA, 100)])
    assert (standing.quota, standing.seconds, standing.left) == (QUOTA, 60, QUOTA - 100)
    assert 60 <= standing.wait <= 62
    fits, (standing,) = limiter.take(group, [Charge(MINUTE, "all", QUOTA, 201)])
    assert not fits
    assert standing.left == QUOTA - 100
    assert standing.policy == '"events";q=300;w=60'
    assert standing.state.startswith('"events";r=200;t=6')


def test_in_no_window_more_than_the_quota_is_used_and_there_is_more_afterwards(redis_url, group):
    """Eight threads of four processes take what they can for three windows of a second."""
    quota, used, ways = 50, [], [Trips(redis_url) for _ in range(4)]
    processes = [Limiter(way) for way in ways]
    end = time.monotonic() + 3

    def work(process):
        while time.monotonic() < end:
            before = time.monotonic()
            if take(process, group, quota=quota, limit=SECOND):
                used.append((before, time.monotonic()))

    threads = [threading.Thread(target=work, args=(processes[n % 4],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for way in ways:
        way.client.close()
    for begin, _ in used:
        assert sum(begin <= b and a <= begin + 1 for b, a in used) <= quota
    assert len(used) > quota


@pytest.fixture
def broken(redis_server):
    """A Redis to stop, and a way to it."""
    trips = Trips(redis_server.url)
    yield redis_server, trips
    trips.client.close()


@pytest.mark.parametrize("fault", ["dead", "hung", "full"])
def test_without_redis_an_open_limit_refuses_nobody_and_asks_once_a_second(broken, clock, fault):
    server, trips = broken
    limiter = Limiter(trips, clock)
    assert take(limiter, "g", QUOTA)
    strike(server, fault)
    try:
        clock.seconds += 1
        assert all(take(limiter, f"g{n}", QUOTA) for n in range(20))
        assert trips.count == 2
        clock.seconds += 1.1
        assert all(take(limiter, f"g{n}", QUOTA) for n in range(20))
        assert trips.count == 3
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def strike(server, fault):
    if fault == "dead":
        os.kill(server.process.pid, signal.SIGKILL)
    elif fault == "hung":
        os.kill(server.process.pid, signal.SIGSTOP)
    else:
        with redis.Redis.from_url(server.url) as client:
            client.config_set("maxmemory", "1")
            client.config_set("maxmemory-policy", "noeviction")


def test_without_redis_a_limit_that_holds_alone_is_counted_in_the_process(clock):
    dead = redis.Redis(port=1, socket_timeout=0.1)
    limiter = Limiter(lambda: Windows(dead), clock)
    charge = Charge(LIMITS["login-account"], "alice", 3)
    assert [limiter.take("g", [charge])[0] for _ in range(4)] == [True] * 3 + [False]
    limiter.give_back("g", [charge])
    assert limiter.take("g", [charge])[0]
    clock.seconds += 1000
    assert limiter.take("g", [charge])[0]
    dead.close()


def test_what_is_given_back_may_be_taken_again(limiter, group):
    charge = Charge(LIMITS["login-account"], "alice", 3)
    for _ in range(10):
        assert limiter.take(group, [charge])[0]
        limiter.give_back(group, [charge])
    assert [limiter.take(group, [charge])[0] for _ in range(4)] == [True] * 3 + [False]
