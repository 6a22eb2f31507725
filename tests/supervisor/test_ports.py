"""Ports are looked at before anything starts, and the message says what to do."""

import dataclasses
import socket

import pytest

from tests.conftest import free_port
from warehouse.env import read
from warehouse.supervisor import ports


@pytest.fixture
def env(tmp_path):
    """An environment with three free ports."""
    names = ("PORT", "WS_PORT", "TRELLIS_REDIS_PORT")
    return read({"TRELLIS_VAR": str(tmp_path), **{name: str(free_port()) for name in names}})


def test_free_ports_are_no_problem(env):
    assert ports.problems(env, own_redis=True) == []


@pytest.mark.parametrize(
    ("name", "field"),
    [("PORT", "port"), ("WS_PORT", "ws_port"), ("TRELLIS_REDIS_PORT", "redis_port")],
)
def test_a_used_port_is_named_with_a_way_out(env, name, field):
    with socket.create_server(("127.0.0.1", getattr(env, field))):
        problems = ports.problems(env, own_redis=True)
    assert len(problems) == 1
    assert f"{name}={getattr(env, field)}" in problems[0]
    assert "address already in use" in problems[0]
    assert "make run" in problems[0]


def test_every_used_port_is_named_at_once(env):
    with (
        socket.create_server(("127.0.0.1", env.port)),
        socket.create_server(("127.0.0.1", env.ws_port)),
    ):
        assert len(ports.problems(env, own_redis=True)) == 2


def test_a_redis_of_somebody_elses_needs_no_port(env):
    with socket.create_server(("127.0.0.1", env.redis_port)):
        assert ports.problems(env, own_redis=False) == []


def test_two_doors_on_one_port_are_refused(env):
    same = dataclasses.replace(env, ws_port=env.port)
    assert ports.problems(same, own_redis=True) == [
        f"WS_PORT and PORT are both {env.port}; give each its own."
    ]
