"""Warden is well while its database answers, and being well is no answer about anybody."""

import os
import subprocess
import sys

import psycopg
import pytest

from tests.postgres import Postgres
from tests.tenancy.warden.test_service import Command
from tests.tenancy.warden.wardens import outcome, serving, until
from warehouse.env import BASE
from warehouse.exceptions import Unauthenticated, WardenUnavailable
from warehouse.tenancy import keys
from warehouse.tenancy.warden.breaker import FAILURES
from warehouse.tenancy.warden.client import Address, Client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def database():
    """A database server of the test's own, to be stopped."""
    with Postgres() as server:
        settings = {"DJANGO_SETTINGS_MODULE": "warehouse.settings"}
        subprocess.run(
            (sys.executable, "manage.py", "migrate", "-v", "0"),
            env={**os.environ, **settings, "TRELLIS_DATABASE_URL": server.url},
            cwd=BASE,
            check=True,
            timeout=200,
        )
        yield server


@pytest.fixture
def client(database, tmp_path):
    command = Command(tmp_path, database.url)
    client = Client(Address(command.target))
    yield client
    client.close()
    command.stop()


def ask(client):
    """Ask about a token that nobody has; a Warden with a database refuses it."""
    return outcome(lambda: client.authenticate(keys.new_token()))


def test_a_warden_without_its_database_says_so(database, client):
    target = client._address.target
    assert serving(target)
    assert ask(client) is Unauthenticated
    database.stop()
    until(lambda: not serving(target))
    assert ask(client) is WardenUnavailable
    with pytest.raises(WardenUnavailable, match="says that it does not serve"):
        client.look()
    database.serve()
    until(lambda: serving(target))
    until(lambda: ask(client) is Unauthenticated)


def test_a_database_that_keeps_it_waiting_counts_as_gone(database, client):
    target = client._address.target
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE tenancy_apikey IN ACCESS EXCLUSIVE MODE")
        until(lambda: not serving(target), seconds=15)
    until(lambda: serving(target))


def test_only_an_answer_about_somebody_closes_the_breaker(client):
    for _ in range(FAILURES):
        client._breaker.failed()
    assert client.look().startswith("Warden serves")
    assert client._breaker.is_open
    until(lambda: ask(client) is Unauthenticated)
    assert not client._breaker.is_open
