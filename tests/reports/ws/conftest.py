"""A real uvicorn serving the ASGI door over the test database, and clients of it."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import connection

from tests.conftest import free_port
from tests.reports.doors import caller, clicks, stranger, wired, worker  # noqa: F401
from tests.reports.ws.sockets import Door
from warehouse.env import BASE, ENV
from warehouse.supervisor import programs


@pytest.fixture(scope="session")
def door(django_db_setup, redis_url):
    """Where the sockets are served."""
    with served(free_port(), redis_url) as door:
        yield door


@contextmanager
def served(port, redis_url, *flags):
    """Serve sockets as the product does, with more flags if need be, while the block runs."""
    process = serve(port, redis_url, *flags)
    try:
        yield Door(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def serve(port, redis_url, *flags):
    """Start the socket door as the product starts it."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "warehouse.settings",
        "TRELLIS_VAR": str(ENV.var),
        "TRELLIS_DATABASE_URL": f"sqlite:///{connection.settings_dict['TEST']['NAME']}",
        "TRELLIS_REDIS_URL": redis_url,
        "WS_PORT": str(port),
        "PORT": "8765",
    }
    command = [*programs.ws(replace(ENV, host="127.0.0.1", ws_port=port)).argv, *flags]
    process = subprocess.Popen(command, env={**os.environ, **settings}, cwd=BASE)
    deadline = time.monotonic() + 30
    while not _alive(port):
        assert process.poll() is None, "uvicorn did not start"
        assert time.monotonic() < deadline, "uvicorn does not answer"
        time.sleep(0.05)
    return process


def _alive(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False
