"""The child of `warden`: authenticates the token on its standard input many times, and times it."""

import itertools
import json
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402

from warehouse.tenancy.warden import gate  # noqa: E402
from warehouse.tenancy.warden.client import Address, Client  # noqa: E402
from warehouse.tenancy.warden.remote import RemoteWarden  # noqa: E402

REMEMBERED, ASKED = 20_000, 1_000
PASSING = 3.0


def main(token):
    """Print the milliseconds of each call as JSON, by how it was answered."""
    gate.authenticate(token)
    remembered = [_timed(lambda: gate.authenticate(token)) for _ in range(REMEMBERED)]
    client = Client(Address(settings.WARDEN["url"].partition("://")[2]))
    passing = itertools.count(step=PASSING)  # at every look, so what is remembered is too old
    warden = RemoteWarden(client, elapsed=lambda: next(passing))
    asked = [_timed(lambda: warden.authenticate(token)) for _ in range(ASKED)]
    sys.stdout.write(json.dumps({"remembered": remembered, "over gRPC": asked}))


def _timed(act):
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(sys.stdin.read())
