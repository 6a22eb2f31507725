"""The commands of the programs; Redis is really started, its answers say how it is set."""

import pytest
import redis

from tests.conftest import free_port
from tests.supervisor.conftest import turn_until
from warehouse.env import read
from warehouse.supervisor import programs


@pytest.fixture
def env(tmp_path):
    """An environment with a folder and a Redis port of its own."""
    return read({"TRELLIS_VAR": str(tmp_path), "TRELLIS_REDIS_PORT": str(free_port())})


def answers(client):
    """Say whether Redis answers."""
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def test_redis_keeps_what_it_holds_and_evicts_only_what_has_a_lifetime(crew, env):
    crew.start(programs.redis(env))
    client = redis.Redis.from_url(env.redis_url, decode_responses=True)
    turn_until(crew, lambda: answers(client))
    wanted = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": str(1024**3),
        "maxmemory-policy": "volatile-lru",
        "bind": "127.0.0.1",
        "dir": str(env.var / "redis"),
    }
    assert {name: client.config_get(name)[name] for name in wanted} == wanted
    client.set("kept", "yes")
    client.close()
    crew.stop_all()
    crew.start(programs.redis(env))
    turn_until(crew, lambda: answers(client))
    assert client.get("kept") == "yes"
    client.close()


def test_the_doors_listen_where_the_environment_says(tmp_path):
    env = read({"TRELLIS_VAR": str(tmp_path), "PORT": "8123", "TRELLIS_HOST": "::1"})
    argv = programs.web(env).argv
    assert argv[argv.index("--port") + 1] == "8123"
    assert argv[argv.index("--host") + 1] == "::1"
    assert argv[argv.index("--blocking-threads") + 1] == "64"


def test_the_worker_runs_threads_for_the_engine_does_not_survive_a_fork(env):
    argv = programs.worker(env).argv
    assert argv[argv.index("-P") + 1] == "threads"
