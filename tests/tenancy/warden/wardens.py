"""Wardens to ask in tests: scripted processes that are started, killed and started again."""

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import grpc
from django.db import connections
from grpc_health.v1 import health_pb2

from warehouse.clock import now
from warehouse.env import BASE
from warehouse.exceptions import WarehouseError
from warehouse.tenancy.warden.client import Address, Client, Line
from warehouse.tenancy.warden.remote import RemoteWarden

ACME, GLOBEX = (str(UUID(int=number)) for number in (1, 2))


def organization(identity=ACME, slug="acme", **more):
    """Return an organization as the JSON of Warden's message."""
    return {"id": identity, "slug": slug, "name": slug, "limits": {}, "settings": {}, **more}


def principal(*organizations, role="", **more):
    """Return a principal as the JSON of Warden's message, by default of Acme."""
    places = organizations or (organization(),)
    return {
        "subject": "key:1",
        "memberships": [{"organization": place, "role": role} for place in places],
        "scopes": ["reports:read", "events:write"],
        **more,
    }


def token(**told):
    """Return a token a scripted Warden obeys; different ones for different `mark`s."""
    return json.dumps({"principal": principal(), **told})


class Process:
    """A scripted Warden; the port stays the same when it is started again."""

    def __init__(self, *flags, port=0):
        self.port = port
        self._flags = flags
        self.start()

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *flags):
        command = [sys.executable, "-m", "tests.tenancy.warden.scripted", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, *(flags or self._flags)], cwd=BASE, stdout=subprocess.PIPE, text=True
        )
        said = self._process.stdout
        assert said
        self.port = int(said.readline())

    def kill(self):
        self._process.kill()
        self._process.communicate(timeout=20)


@contextmanager
def asked(address, **clock):
    """Yield a Warden asked at an address, and give its connection up."""
    client = Client(address)
    try:
        yield RemoteWarden(client, **clock)
    finally:
        client.close()


def outcome(ask):
    """Return what asking gives: a principal, or the class of the refusal."""
    try:
        return ask()
    except WarehouseError as exc:
        return type(exc)


def until(check, *, seconds=30.0, what="it"):
    """Wait for a check to come true."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)


def together(count, act):
    """Run `act` in so many threads at once and return what each gave."""
    found, barrier = [], threading.Barrier(count)

    def run():
        barrier.wait()
        found.append(outcome(act))
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def serving(target):
    """Tell whether the standard health check of a server says that it serves."""
    line = Line(Address(target))
    try:
        answer = line.check(health_pb2.HealthCheckRequest(), timeout=5)
    except grpc.RpcError:
        return False
    finally:
        line.close()
    return answer.status == health_pb2.HealthCheckResponse.SERVING


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.seconds = 0.0
        self.begun = now()

    def elapsed(self):
        return self.seconds

    def now(self):
        return self.begun + timedelta(seconds=self.seconds)

    @property
    def how(self):
        """Return the clock as the arguments of what runs by it."""
        return {"now": self.now, "elapsed": self.elapsed}
