"""Organizations and keys from the command line."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from warehouse.clock import now
from warehouse.tenancy.models import ApiKey, Organization
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db


def test_an_organization_is_created(capsys):
    call_command("create_organization", "initech", "--name", "Initech", "--timezone", "Asia/Tokyo")
    organization = Organization.objects.get()
    assert (organization.slug, organization.name) == ("initech", "Initech")
    assert organization.timezone == "Asia/Tokyo"
    assert "initech" in capsys.readouterr().out


def test_an_owner_is_a_member_from_the_start(django_user_model):
    user = django_user_model.objects.create_user("ada")
    call_command("create_organization", "initech", "--owner", "ada")
    assert Organization.objects.get(memberships__user=user, memberships__role="owner")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["acme"], "already exists"),
        (["a b"], "slug"),
        (["x", "--timezone", "Mars/Olympus"], "not an IANA time zone"),
        (["x", "--currency", "usd"], "valid value"),
        (["x", "--owner", "nobody"], "no user nobody"),
    ],
)
def test_a_bad_organization_is_refused(acme, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("create_organization", *arguments)
    assert Organization.objects.count() == 1


def test_a_key_prints_its_token_alone(acme, capsys):
    scopes = ["--scope", "events:write", "--scope", "reports:read"]
    call_command("create_api_key", "acme", "--name", "collector", *scopes, "--days", "2")
    token = capsys.readouterr().out
    principal = local.LocalWarden().authenticate(token.removesuffix("\n"))
    assert principal.scopes == {"events:write", "reports:read"}
    assert ApiKey.objects.filter(expires_at__gt=now() + timedelta(hours=47)).exists()


def test_a_key_may_do_everything_but_administer_unless_told_otherwise(acme, capsys):
    call_command("create_api_key", "acme", "--name", "n")
    principal = local.LocalWarden().authenticate(capsys.readouterr().out.strip())
    assert "organization:admin" not in principal.scopes
    assert {"events:write", "reports:read", "reports:write"} <= principal.scopes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "--name", "n"], "no organization nobody"),
        (["acme", "--name", ""], "1 to 100"),
        (["acme", "--name", "n", "--days", "0"], "at least 1"),
        (["acme", "--name", "n", "--scope", "x"], "invalid choice"),
    ],
)
def test_a_bad_key_is_refused(acme, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("create_api_key", *arguments)
    assert not ApiKey.objects.exists()
