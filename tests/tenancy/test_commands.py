"""Organizations and keys from the command line."""

import getpass
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from warehouse.clock import now
from warehouse.exceptions import Unauthenticated
from warehouse.tenancy.models import ApiKey, AuditEntry, Organization
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


def created(capsys, *arguments):
    """Create a key of Acme and return its token."""
    call_command("create_api_key", "acme", "--name", "n", *arguments)
    return capsys.readouterr().out.strip()


def test_a_public_key_can_only_send_events(acme, capsys):
    principal = local.LocalWarden().authenticate(created(capsys, "--public"))
    assert principal.public
    assert principal.scopes == {"events:write"}
    with pytest.raises(CommandError, match="only hold events:write"):
        created(capsys, "--public", "--scope", "reports:read")


@pytest.mark.parametrize("named", ["id", "token", "name"])
def test_a_key_is_rotated_and_the_old_one_ends(acme, capsys, named):
    old = created(capsys, "--scope", "reports:read")
    key = ApiKey.objects.get()
    name = {"id": str(key.pk), "token": old[:12], "name": "n"}[named]
    call_command("rotate_api_key", "acme", name, "--overlap", "0")
    fresh = capsys.readouterr().out.strip()
    assert local.LocalWarden().authenticate(fresh).scopes == {"reports:read"}
    with pytest.raises(Unauthenticated, match="expired"):
        local.LocalWarden().authenticate(old)


def test_a_key_is_revoked(acme, capsys):
    token = created(capsys)
    call_command("revoke_api_key", "acme", str(ApiKey.objects.get().pk))
    assert "Revoked n (trl_" in capsys.readouterr().out
    with pytest.raises(Unauthenticated, match="revoked"):
        local.LocalWarden().authenticate(token)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rotate_api_key", "nobody", "n"], "no organization nobody"),
        (["rotate_api_key", "acme", "other"], "no key other"),
        (["rotate_api_key", "acme", "n"], "several keys n"),
        (["rotate_api_key", "acme", "n", "--overlap", "604801"], "from 0 to 604800"),
        (["revoke_api_key", "acme", ""], "no key"),
        (["revoke_api_key", "globex", "n"], "no key"),
    ],
)
def test_what_names_no_one_key_is_refused(acme, globex, capsys, arguments, message):
    created(capsys)
    created(capsys)
    with pytest.raises(CommandError, match=message):
        call_command(*arguments)
    assert not ApiKey.objects.exclude(revoked_at=None).exists()


def test_a_revoked_key_is_not_rotated(acme, capsys):
    created(capsys)
    call_command("revoke_api_key", "acme", "n")
    with pytest.raises(CommandError, match="revoked"):
        call_command("rotate_api_key", "acme", "n")


def test_what_is_done_at_a_terminal_is_on_record(capsys):
    call_command("create_organization", "acme")
    created(capsys)
    call_command("rotate_api_key", "acme", "n")
    call_command("revoke_api_key", "acme", str(ApiKey.objects.exclude(replaces=None).get().pk))
    entries = AuditEntry.objects.order_by("at", "id")
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("system", "organization.created"),
        ("system", "key.created"),
        ("system", "key.rotated"),
        ("system", "key.revoked"),
    ]
    assert all(entry.actor_name == getpass.getuser() for entry in entries)
