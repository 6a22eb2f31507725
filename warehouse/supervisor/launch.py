"""The order of `make run`: check, prepare, start, wait, fill, tell, watch."""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path

import redis

from warehouse.env import LOGIN_FILE, Environment
from warehouse.supervisor import health, programs
from warehouse.supervisor.console import Console
from warehouse.supervisor.crew import Crew

WATCH_SECONDS = 5
STALE_LEASES = 2
"""A worker not seen for so many leases is killed: others may have its jobs long since."""
STALE_BEATS = 3
LEAST_PATIENCE_SECONDS = 15.0
"""However short leases are: one long wait for the database must not cost a worker its life."""
STARTING_SECONDS = 60
"""How long a worker may take until it is seen for the first time."""


class CannotStart(Exception):
    """A first step failed; the message says which, the lines above it why."""


def run(env: Environment, crew: Crew, console: Console, *, log: Path | None, demo: bool) -> None:
    """Bring everything up and look after it; ends only by an exception."""
    if env.owns_redis:
        crew.start(programs.redis(env))
        _wait_for_redis(env, crew)
    if not crew.step(programs.command("prepare", "prepare")):
        raise CannotStart("the first preparation failed")
    for program in (programs.worker, programs.web, programs.ws, programs.beat):
        crew.start(program(env))
    _wait_until_ready(env, crew, console)
    login = json.loads((env.var / LOGIN_FILE).read_text())
    if demo:
        _load_demo(env, crew, console, login)
    imported = _import(env, crew, console, log) if log else None
    console.box("Trellis Warehouse is ready", _facts(env, login, imported))
    _watch(env, crew, console)


def _wait_for_redis(env: Environment, crew: Crew) -> None:
    client = redis.Redis.from_url(env.redis_url, socket_timeout=1, socket_connect_timeout=1)
    while True:
        try:
            client.ping()
        except (redis.ConnectionError, redis.TimeoutError):
            crew.turn(0.05)
        else:
            client.close()
            return


def _wait_until_ready(env: Environment, crew: Crew, console: Console) -> None:
    told = time.monotonic()
    while True:
        missing = health.ready(env).missing
        if not missing and health.sockets_alive(env):
            return
        if time.monotonic() - told > 15:
            told = time.monotonic()
            console.say(f"still waiting: {missing or 'the socket door does not answer yet'}")
        crew.wait(0.3)


def _load_demo(
    env: Environment, crew: Crew, console: Console, login: Mapping[str, str | None]
) -> None:
    mark = env.var / "demo-loaded"
    if mark.exists():
        return
    console.say("loading 30 days of generated traffic into the organization demo, once")
    words = ("--url", health.address(env), "--token", str(login["token"]))
    if crew.step(programs.command("demo", "load_demo", *words)):
        mark.touch()
    else:
        console.say("the demo traffic could not be loaded; the next start tries again")


def _import(env: Environment, crew: Crew, console: Console, log: Path) -> str | None:
    """Import an access log into an organization named after it, once; return its slug."""
    slug = slug_of(log)
    with log.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    mark = env.var / "imported" / digest
    if mark.exists():
        console.say(f"{log.name} was imported before, into the organization {slug}")
        return slug
    steps = (
        programs.command("prepare", "prepare", "--organization", slug),
        programs.command("import", "import_events", slug, str(log), "--format", "access-log"),
    )
    if not all(crew.step(step) for step in steps):
        console.say(f"{log.name} could not be imported; everything else runs on")
        return None
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    return slug


def slug_of(log: Path) -> str:
    """Return the organization's slug for a log file: its name up to the first dot."""
    name = log.name.lstrip(".").partition(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-")[:63] or "log"


def _facts(
    env: Environment, login: Mapping[str, str | None], imported: str | None
) -> dict[str, str]:
    address = health.address(env)
    facts = {
        "Page": f"{address}/",
        "User": str(login["username"]),
        "Password": login["password"] or "the one you set",
        "API": f"{address}/api/v1/docs",
        "Token": f"{login['token']} (organization {login['organization']})",
        "Admin": f"{address}/admin/",
        "Data": str(env.var),
    }
    if imported:
        facts["Imported"] = f"your log is the organization {imported}"
    return {**facts, "Stop": "Ctrl-C"}


def _watch(env: Environment, crew: Crew, console: Console) -> None:
    """Look after the processes for good; a worker that has stopped beating is replaced.

    Two looks must agree: a clock that jumps makes every worker seem dead for a moment.
    """
    suspected = False
    while True:
        crew.wait(WATCH_SECONDS)
        age = health.ready(env).worker_age
        stuck = is_stuck(age, crew.age_seconds("worker"), _patience(env))
        if stuck and suspected:
            console.say(f"the worker has given no sign of life for {age:.0f} s: replacing it")
            crew.replace("worker")
        suspected = stuck and not suspected


def is_stuck(seen_ago: float | None, running: float, patience: float) -> bool:
    """Say whether a worker that has been running so long is of no use any more."""
    if seen_ago is None:
        return False
    seen_since_its_start = seen_ago < running
    return seen_ago > patience if seen_since_its_start else running > STARTING_SECONDS


def _patience(env: Environment) -> float:
    """Return for how many seconds a worker in good health may be silent, and a little more."""
    leases, beats = STALE_LEASES * env.lease_seconds, STALE_BEATS * env.reconcile_seconds
    return max(leases, beats, LEAST_PATIENCE_SECONDS)
