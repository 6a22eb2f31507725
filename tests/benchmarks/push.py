"""From the commit of a report's move to the sockets that hear of it: delay, memory, connects.

One process of the product serves all sockets; moves are made by another, as a worker makes them,
and the listeners are a third. Each scene begins with a fresh socket process.
"""

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass

import httpx

from tests.benchmarks import children
from tests.benchmarks.figures import Figure, say, show
from tests.live.processes import PROC
from tests.live.stack import until

AIM_MS = 500
PAUSE_SECONDS = 0.4
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Scene:
    """So many sockets of so many organizations; a round is one move in each of them."""

    sockets: int
    organizations: int
    rounds: int
    aim: float | None

    @property
    def name(self):
        """Say what it is."""
        where = "in 1 organization" if self.organizations == 1 else f"in {self.organizations}"
        return f"{self.sockets:,} sockets {where}"


SCENES = (
    Scene(1000, 100, 20, AIM_MS),
    Scene(1000, 1, 40, AIM_MS),
    Scene(5000, 500, 10, None),
)


def run(stack, token):
    """Print and return what every scene gave."""
    say("Push: from the commit of a move to the sockets, one socket process")
    environment = stack.environment() | {"DJANGO_SETTINGS_MODULE": "warehouse.settings"}
    found, first = [], 0
    with _Child("tests.benchmarks.moves", environment) as moves:
        for scene in SCENES:
            found += _play(stack, environment, moves, scene, first)
            first += scene.organizations
    return found


def _play(stack, environment, moves, scene, first):
    stack.replaced("ws", stack.kill9("ws"))
    until(lambda: _lives(stack.ws_port), every=0.2, what="a new socket process")
    tokens = moves.ask({"organizations": scene.organizations})
    pid = stack.pid("ws")
    empty = _resident(pid)
    with _Child("tests.benchmarks.listeners", environment) as listeners:
        each = scene.sockets // scene.organizations
        seconds = listeners.ask({"port": stack.ws_port, "tokens": tokens, "each": each})
        time.sleep(SETTLE_SECONDS)
        full = _resident(pid)
        chosen = list(range(first, first + scene.organizations))
        committed = []
        for _ in range(scene.rounds):
            committed += moves.ask({"move": chosen})
            time.sleep(PAUSE_SECONDS)
        time.sleep(SETTLE_SECONDS)
        heard = listeners.ask("stop")
    return _figures(scene, first, committed, heard, seconds, (full - empty) / scene.sockets)


def _figures(scene, first, committed, heard, seconds, memory):
    moments = {(owner - first, cursor): at for owner, cursor, at in committed}
    delays = sorted((at - moments[owner, cursor]) * 1000 for owner, cursor, at in heard)
    counts = Counter((owner, cursor) for owner, cursor, _ in heard)
    each = scene.sockets // scene.organizations
    wrong = sum(counts[one] != each for one in moments)
    if wrong:
        raise AssertionError(f"{wrong} of {len(moments)} moves did not reach every socket once")
    p50, p99 = (delays[int(len(delays) * share)] for share in (0.5, 0.99))
    say(
        f"  {scene.name}: p50 {p50:,.1f} ms, p99 {p99:,.1f}, max {delays[-1]:,.1f}, "
        f"n={len(delays):,}; {scene.sockets / seconds:,.0f} connects/s; {memory:,.1f} KiB a socket"
    )
    found = [
        Figure(f"push to {scene.name}, p99", p99, "ms", scene.aim),
        Figure(f"memory of {scene.name}", memory, "KiB a socket", None),
    ]
    for figure in found:
        show(figure)
    return found


def _lives(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _resident(pid):
    """Return the resident memory of a process in KiB."""
    status = (PROC / str(pid) / "status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


class _Child:
    """A process that answers each line of JSON with one."""

    def __init__(self, module, environment):
        pipes = {"stdin": -1, "stdout": -1, "text": True}
        argv = [sys.executable, "-m", module]
        self._running = children.running(argv, environment, **pipes)

    def __enter__(self):
        self._process = self._running.__enter__()
        return self

    def __exit__(self, *exc):
        self._running.__exit__(*exc)

    def ask(self, told):
        """Return the answer to one line."""
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("a child of the benchmark has ended")
        return json.loads(line)
