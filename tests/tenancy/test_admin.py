"""Organizations and keys in the admin."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session

from warehouse.clock import now
from warehouse.exceptions import Gone, Unauthenticated
from warehouse.tenancy import invitations, keys
from warehouse.tenancy.models import ApiKey, AuditEntry, Invitation, Membership, Organization
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db
KEYS = "/admin/tenancy/apikey/"
ORGANIZATIONS = "/admin/tenancy/organization/"


def issue(client, organization, **fields):
    form = {
        "organization": organization.pk,
        "name": "n",
        "kind": "secret",
        "scopes": ["reports:read"],
        **fields,
    }
    return client.post(f"{KEYS}add/", form)


def test_a_key_is_issued_and_its_token_shown_once(admin_client, acme):
    page = issue(admin_client, acme)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    (token,) = set(re.findall(r"trl_[0-9A-Za-z]{49}", page.content.decode()))
    assert local.LocalWarden().authenticate(token).tenant.slug == "acme"
    kept = [
        *(page.content.decode() for page in (admin_client.get(KEYS), admin_client.get("/admin/"))),
        *(entry.change_message + entry.object_repr for entry in LogEntry.objects.all()),
        *(str(session.get_decoded()) for session in Session.objects.all()),
        str(ApiKey.objects.values().get()),
        str(page.cookies),
    ]
    assert not any(token in text for text in kept)


def test_a_bad_key_is_refused_with_the_form(admin_client, acme):
    page = issue(admin_client, acme, scopes=["reports:eat"])
    assert "reports:eat is not one of the available choices" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_by_an_action(admin_client, acme):
    key, token = keys.issue(acme, name="n", scopes=[])
    form = {"action": "revoke", "_selected_action": [str(key.pk)]}
    page = admin_client.post(KEYS, form, follow=True)
    assert "Revoked 1." in page.content.decode()
    assert "revoked" in page.content.decode()
    with pytest.raises(Unauthenticated):
        local.LocalWarden().authenticate(token)


def test_whoever_may_only_look_cannot_revoke(client, acme, django_user_model):
    key, _ = keys.issue(acme, name="n", scopes=[])
    looker = django_user_model.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(looker)
    assert client.get(KEYS).status_code == 200
    client.post(KEYS, {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_key_can_neither_be_changed_nor_deleted(admin_client, acme):
    key, _ = keys.issue(acme, name="n", scopes=[])
    page = admin_client.get(f"{KEYS}{key.pk}/change/").content.decode()
    assert 'name="name"' not in page
    assert key.digest not in page
    assert admin_client.post(f"{KEYS}{key.pk}/change/", {"name": "x"}).status_code == 403
    assert admin_client.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_organization_is_created_with_its_members(admin_client, alice):
    form = {
        "slug": "initech",
        "name": "Initech",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "currency_rates": "",
        "allowed_hosts": "",
        "plan": "standard",
        "week_start": "sunday",
        "rows_per_query": "5000000",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-user": alice.pk,
        "memberships-0-role": "analyst",
    }
    assert admin_client.post(f"{ORGANIZATIONS}add/", form).status_code == 302
    assert Membership.objects.get(organization__slug="initech").role == "analyst"
    assert Organization.objects.get(slug="initech").as_tenant().rows_per_query == 5_000_000
    assert AuditEntry.objects.get().action == "admin.organization.added"
    form |= {"slug": "initrode", "rows_per_query": "0"}
    assert (
        "greater than or equal to 1"
        in admin_client.post(f"{ORGANIZATIONS}add/", form).content.decode()
    )


def test_an_organization_is_suspended_and_reinstated(admin_client, acme):
    chosen = {"_selected_action": [str(acme.pk)]}
    page = admin_client.post(ORGANIZATIONS, {"action": "suspend", **chosen}, follow=True)
    assert "suspended" in page.content.decode()
    assert Organization.objects.get().suspended_at is not None
    entry = AuditEntry.objects.get()
    assert (entry.organization_slug, entry.actor_name) == ("acme", "admin")
    assert "Suspended." in entry.details["message"]
    admin_client.post(ORGANIZATIONS, {"action": "reinstate", **chosen})
    assert Organization.objects.get().suspended_at is None


def test_an_organization_cannot_be_deleted_here(admin_client, acme):
    page = admin_client.post(f"{ORGANIZATIONS}{acme.pk}/delete/", {"post": "yes"})
    assert page.status_code == 403
    assert Organization.objects.exists()


def test_the_pages_open_and_hide_the_salt(admin_client, acme, alice):
    keys.issue(acme, name="expired", scopes=[], expires_at=now())
    for path in (ORGANIZATIONS, f"{ORGANIZATIONS}add/", f"{ORGANIZATIONS}{acme.pk}/change/", KEYS):
        page = admin_client.get(path)
        assert page.status_code == 200
        assert acme.visitor_salt not in page.content.decode()
    assert "expired" in admin_client.get(KEYS).content.decode()


def test_a_member_without_staff_rights_is_kept_out(client, alice):
    client.force_login(alice)
    assert client.get(KEYS).status_code == 302


def test_a_public_key_can_only_send_events(admin_client, acme):
    page = issue(admin_client, acme, kind="public", scopes=["reports:read", "events:write"])
    assert "A public key can only hold events:write." in page.content.decode()
    assert issue(admin_client, acme, kind="public", scopes=["events:write"]).status_code == 200
    assert ApiKey.objects.get().kind == "public"


def test_a_key_is_made_by_the_rules_of_all_keys(admin_client, acme, monkeypatch):
    past = {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}
    assert "Must lie ahead." in issue(admin_client, acme, **past).content.decode()
    assert not ApiKey.objects.exists()
    monkeypatch.setattr("warehouse.tenancy.keyring.MOST_LIVE", 1)
    issue(admin_client, acme, name="first")
    page = issue(admin_client, acme, name="second")
    assert page.status_code == 200
    assert "live keys; revoke some first." in page.content.decode()
    assert 'value="second"' in page.content.decode()
    assert ApiKey.objects.get().name == "first"
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.actor_name) == ("key.created", "admin")
    assert LogEntry.objects.count() == 1


def test_revoking_a_key_takes_back_what_it_offered(admin_client, acme):
    key, _ = keys.issue(acme, name="leaked", scopes=["organization:admin"])
    offer(acme, f"key:{key.pk}")
    form = {"action": "revoke", "_selected_action": [str(key.pk)]}
    admin_client.post(KEYS, form)
    assert not Invitation.objects.filter(revoked_at=None).exists()
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert set(actions) == {"key.revoked", "invitation.revoked"}


def test_an_invitation_of_who_may_no_longer_offer_opens_nothing(admin_client, acme, alice):
    invitation = offer(acme, f"user:{alice.pk}")
    assert invitations.opened(invitation.digest, now=now()) == invitation
    Membership.objects.update(role="analyst")
    with pytest.raises(Gone):
        invitations.opened(invitation.digest, now=now())


def test_the_last_owner_stays(admin_client, acme, alice):
    member = Membership.objects.get()
    form = {
        "slug": "acme",
        "name": "Acme",
        "timezone": "UTC",
        "currency": "USD",
        "plan": "unlimited",
        "week_start": "monday",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": member.pk,
        "memberships-0-organization": acme.pk,
        "memberships-0-user": alice.pk,
        "memberships-0-role": "viewer",
        "keys-TOTAL_FORMS": 0,
        "keys-INITIAL_FORMS": 0,
    }
    path = f"{ORGANIZATIONS}{acme.pk}/change/"
    assert "This is the last owner" in admin_client.post(path, form).content.decode()
    assert Membership.objects.get().role == "owner"
    form["memberships-0-role"] = "owner"
    assert admin_client.post(path, form).status_code == 302


def offer(organization, subject):
    return Invitation.objects.create(
        organization=organization,
        email="thief@x.example",
        role="admin",
        digest=subject,
        invited_by=subject,
        expires_at=now() + timedelta(days=1),
    )
