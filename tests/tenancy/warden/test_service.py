"""`manage.py warden`: the service as other installations meet it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from uuid import UUID

import grpc
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from tests.tenancy.warden.wardens import asked, outcome, serving, until
from warehouse.clock import now
from warehouse.env import BASE, ENV
from warehouse.exceptions import AccessDenied, Unauthenticated, WardenUnavailable
from warehouse.tenancy import audit, keys
from warehouse.tenancy.models import ApiKey, Organization
from warehouse.tenancy.warden.client import Address, Client
from warehouse.tenancy.warden.server import SERVICES, WARDEN

pytestmark = pytest.mark.django_db(transaction=True)


class Command:
    """`manage.py warden` over the database of the tests, with all it logs."""

    def __init__(self, folder, database=None):
        self.log = folder / "log"
        here = f"sqlite:///{connection.settings_dict['TEST']['NAME']}"
        settings = {
            "DJANGO_SETTINGS_MODULE": "warehouse.settings",
            "TRELLIS_VAR": str(ENV.var),
            "TRELLIS_DATABASE_URL": database or here,
            "TRELLIS_LOG_LEVEL": "DEBUG",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                (sys.executable, "manage.py", "warden", "--bind", "127.0.0.1:0"),
                env={**os.environ, **settings},
                cwd=BASE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        output = self.process.stdout
        assert output
        said = output.readline()
        assert said.startswith("Warden serves at grpc://"), self.log.read_text()
        self.target = said.split("://")[1].strip()

    def stop(self):
        """Ask it to end, as a supervisor does, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture(scope="module")
def command(django_db_setup, tmp_path_factory):
    command = Command(tmp_path_factory.mktemp("warden"))
    yield command
    command.stop()


@pytest.fixture
def client(command):
    client = Client(Address(command.target))
    yield client
    client.close()


def test_a_key_is_vouched_for_with_its_organization(client, acme):
    key, token = keys.issue(acme, name="n", scopes=["reports:read"])
    told = client.authenticate(token)
    assert (told.subject, told.name, list(told.scopes)) == (f"key:{key.pk}", "n", ["reports:read"])
    assert [place.organization.slug for place in told.memberships] == ["acme"]
    assert client.organization(str(acme.pk)) == told.memberships[0].organization


def test_a_wrong_an_absent_a_revoked_and_an_expired_token_are_refused(client, acme):
    revoked, token = keys.issue(acme, name="n", scopes=[])
    _, expired = keys.issue(acme, name="n", scopes=[], expires_at=now() - timedelta(seconds=1))
    client.authenticate(token)
    ApiKey.objects.filter(pk=revoked.pk).update(revoked_at=now())
    for shown in ("", "x", keys.new_token(), token, expired):
        with pytest.raises(Unauthenticated):
            client.authenticate(shown)


@pytest.mark.parametrize("identity", ["", "x", "7", str(UUID(int=7))])
def test_an_organization_that_is_not_there_is_not_told_of(client, identity):
    assert outcome(lambda: client.organization(identity)) is AccessDenied


def test_a_revoked_key_and_a_suspended_organization_are_out_within_five_seconds(
    command, clock, acme
):
    key, token = keys.issue(acme, name="n", scopes=[])
    with asked(Address(command.target), **clock.how) as warden:
        assert warden.authenticate(token).tenant == acme.as_tenant()
        Organization.objects.update(suspended_at=now())
        clock.seconds += 4.0
        assert outcome(lambda: warden.authenticate(token)) is AccessDenied
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=now())
        clock.seconds += 4.0
        assert outcome(lambda: warden.authenticate(token)) is Unauthenticated


def test_its_health_is_on(command, client):
    assert serving(command.target)
    assert client.look() == f"Warden serves at {command.target}"


def test_its_reflection_is_on(command):
    with grpc.insecure_channel(command.target) as channel:
        found = ProtoReflectionDescriptorDatabase(channel)
        assert set(found.get_services()) == set(SERVICES)
        methods = DescriptorPool(found).FindServiceByName(WARDEN).methods_by_name
        assert set(methods) == {"Authenticate", "GetOrganization"}


def test_a_message_that_is_too_large_is_refused(client):
    assert outcome(lambda: client.authenticate("x" * 100_000)) is WardenUnavailable


def test_its_log_tells_the_request_and_never_a_token(command, client, acme):
    _, token = keys.issue(acme, name="n", scopes=[])
    wrong = keys.new_token()
    marked = audit.came_from.set(audit.Origin(request_id="the-request"))
    client.authenticate(token)
    for shown in (wrong, f"{token}x", "secret\nsecret"):
        assert outcome(lambda shown=shown: client.authenticate(shown)) is Unauthenticated
    audit.came_from.reset(marked)
    log = command.log.read_text()
    assert '"request_id":"the-request"' in log
    assert [word for word in (token, wrong, "secret") if word in log] == []


def test_it_ends_in_order_when_told_to(django_db_setup, tmp_path, acme):
    command = Command(tmp_path)
    key, token = keys.issue(acme, name="n", scopes=[])
    client = Client(Address(command.target))
    client.authenticate(token)
    assert command.stop() == 0
    assert outcome(lambda: client.authenticate(token)) is WardenUnavailable
    until(lambda: not serving(command.target))
    assert ApiKey.objects.get(pk=key.pk).last_used_at is not None
    client.close()


@pytest.mark.parametrize("bind", ["0.0.0.0:8002", "[::]:8002", "warden.example:8002"])
def test_it_does_not_serve_strangers_by_mistake(bind):
    with pytest.raises(CommandError, match="--client-ca"):
        call_command("warden", bind=bind)


def test_it_says_what_is_wrong_with_what_it_was_given(command, tmp_path):
    for wrong, words in [
        ({"bind": command.target}, "cannot listen"),
        ({"cert": tmp_path / "c.pem"}, "belong together"),
        ({"cert": tmp_path / "c.pem", "key": tmp_path / "k.pem"}, "No such file"),
    ]:
        with pytest.raises(CommandError, match=words):
            call_command("warden", **wrong)
