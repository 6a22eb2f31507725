"""Warden is well while its database answers, and being well is no answer about anybody."""

import os
import socket
import subprocess
import sys

import psycopg
import pytest
from django.db import DatabaseError

from tests.postgres import Postgres
from tests.tenancy.warden.test_service import Command
from tests.tenancy.warden.wardens import outcome, serving, until
from warehouse.env import BASE
from warehouse.exceptions import Unauthenticated, WardenUnavailable
from warehouse.tenancy import keys
from warehouse.tenancy.warden.breaker import FAILURES
from warehouse.tenancy.warden.client import Address, Client
from warehouse.tenancy.warden.pulse import Pulse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def database():
    """A database server of the test's own, to be stopped."""
    with Postgres() as server:
        manage(server, "migrate", "-v", "0")
        yield server


def manage(database, *words):
    """Run a command over that database and return what it says."""
    settings = {"DJANGO_SETTINGS_MODULE": "warehouse.settings"}
    return subprocess.run(
        (sys.executable, "manage.py", *words),
        env={**os.environ, **settings, "TRELLIS_DATABASE_URL": database.url},
        cwd=BASE,
        check=True,
        timeout=200,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@pytest.fixture(scope="module")
def token(database):
    """The token of a key in that database."""
    manage(database, "create_organization", "acme")
    return manage(database, "create_api_key", "acme", "--name", "n").strip()


@pytest.fixture
def command(database, tmp_path):
    command = Command(tmp_path, database.url)
    yield command
    command.stop()


@pytest.fixture
def client(command):
    client = Client(Address(command.target))
    yield client
    client.close()


def ask(client):
    """Ask about a token that nobody has; a Warden with a database refuses it."""
    return outcome(lambda: client.authenticate(keys.new_token()))


def test_a_warden_without_its_database_says_so(database, command, client, token):
    target = command.target
    assert serving(target)
    assert ask(client) is Unauthenticated
    client.authenticate(token)
    database.stop()
    until(lambda: not serving(target))
    assert ask(client) is WardenUnavailable
    with pytest.raises(WardenUnavailable, match="says that it does not serve"):
        client.look()
    database.serve()
    until(lambda: serving(target))
    until(lambda: ask(client) is Unauthenticated)
    # What was noted of the key is written at the end, by a thread that has not asked before.
    until(lambda: outcome(lambda: client.authenticate(token)) is not WardenUnavailable)
    assert command.stop() == 0
    with psycopg.connect(database.url) as row:
        assert row.execute("SELECT last_used_at FROM tenancy_apikey").fetchone() != (None,)


def test_a_database_that_keeps_it_waiting_counts_as_gone(database, client):
    target = client._address.target
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE tenancy_apikey IN ACCESS EXCLUSIVE MODE")
        until(lambda: not serving(target), seconds=15)
    until(lambda: serving(target))


def test_a_database_that_is_silent_from_the_start_holds_nothing_up(database, tmp_path):
    database.stop()
    with socket.create_server(("127.0.0.1", database.port)) as silent:
        command = Command(tmp_path, database.url)
        assert not serving(command.target)
        held, _ = silent.accept()
    try:
        # The first question goes on waiting for an answer on a line that nobody ends.
        database.serve()
        until(lambda: serving(command.target))
    finally:
        held.close()
        ended = command.stop()
    assert ended == 0


@pytest.mark.timeout(60)
def test_sigterm_ends_it_while_its_database_is_silent(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        command = Command(tmp_path, f"postgres://ada@{place}/x?connect_timeout=600")
        assert not serving(command.target)
        assert command.stop() == 0


def test_asking_goes_on_whatever_a_question_ends_with():
    endings, told = [ZeroDivisionError, DatabaseError, None], list[bool]()

    def ask():
        ending = endings.pop(0) if len(endings) > 1 else endings[0]
        if ending:
            raise ending

    pulse = Pulse(told.append, ask)
    pulse.start()
    until(lambda: told == [False, True])
    pulse.stop()


def test_only_an_answer_about_somebody_closes_the_breaker(client):
    for _ in range(FAILURES):
        client._breaker.failed()
    assert client.look().startswith("Warden serves")
    assert client._breaker.is_open
    until(lambda: ask(client) is Unauthenticated)
    assert not client._breaker.is_open
