"""What it costs to know who is asking: of a remembered token, and of one asked about over gRPC."""

import json
import sys
from subprocess import DEVNULL, PIPE
from subprocess import run as finish

from tests.benchmarks import children
from tests.benchmarks.figures import Figure, say, show, spread
from tests.live.stack import BASE, Stack

REMEMBERED, OVER_GRPC = 0.2, 5.0
SERVE = (sys.executable, "manage.py", "warden", "--bind", "127.0.0.1:0")


def run():
    """Print and return both figures; Warden is a process of its own, with a database of its own."""
    say("Who is asking: milliseconds of one authentication, as every door calls it")
    there, here = Stack(), Stack()
    try:
        for each in (there, here):
            each.manage("migrate", "-v0")
        token = there.organization("benchmark")
        with children.running(SERVE, there.environment(), stdout=PIPE, stderr=DEVNULL) as server:
            url = server.stdout.readline().decode().split()[-1]
            found = _measured(here, url, token)
    finally:
        there.destroy()
        here.destroy()
    for name, values in found.items():
        spread(name, values, "ms")
    figures = [_figure("remembered", found, REMEMBERED), _figure("over gRPC", found, OVER_GRPC)]
    for figure in figures:
        show(figure)
    return figures


def _measured(stack, url, token):
    """Return the milliseconds of each call, by how it was answered."""
    environment = stack.environment() | {
        "DJANGO_SETTINGS_MODULE": "warehouse.settings",
        "TRELLIS_WARDEN_URL": url,
    }
    argv = [sys.executable, "-m", "tests.benchmarks.vouching"]
    done = finish(
        argv, cwd=BASE, env=environment, input=token.encode(), stdout=PIPE, timeout=120, check=True
    )
    return json.loads(done.stdout)


def _figure(name, found, aim):
    ordered = sorted(found[name])
    return Figure(f"authentication, {name}, p50", ordered[len(ordered) // 2], "ms", aim)
