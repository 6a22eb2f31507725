"""Processes a benchmark starts beside the product; each ends with its `with` block."""

import subprocess
import sys
from contextlib import contextmanager
from subprocess import DEVNULL

import httpx

from tests.live import processes
from tests.live.stack import BASE, free_ports, until


@contextmanager
def running(argv, environment, **options):
    """Run a process of ours for as long as the block lasts."""
    child = subprocess.Popen(argv, cwd=BASE, env=environment, **options)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def served(stack, application, path, headers=None):
    """Serve another application with exactly the command the product's own `web` runs with.

    Yields the port, once `path` answers there.
    """
    [port] = free_ports(1)
    command = processes.alive()[stack.pid("web")].command.split(" ")
    place = command.index("--port") + 1
    argv = [sys.executable, *command[1:place], str(port), *command[place + 1 : -1], application]
    with running(argv, stack.environment(), stdout=DEVNULL, stderr=DEVNULL):
        url = f"http://127.0.0.1:{port}{path}"
        until(lambda: _answers(url, headers), seconds=30, every=0.1, what=f"an answer at {url}")
        yield port


def _answers(url, headers):
    try:
        return httpx.get(url, headers=headers, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
