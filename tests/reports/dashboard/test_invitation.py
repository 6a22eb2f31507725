"""The page behind an invitation's link."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from warehouse.clock import now
from warehouse.tenancy import audit, invitations
from warehouse.tenancy.models import AuditEntry, Invitation, Membership

pytestmark = pytest.mark.django_db
PASSWORD = {"password": "long-and-unusual", "repeated": "long-and-unusual"}


@pytest.fixture
def invited(acme):
    """An analyst of Acme to be: the token of the invitation."""
    return offer(acme, "ada@x.example")


@pytest.fixture
def ada(django_user_model):
    return django_user_model.objects.create_user("ada", "Ada@x.example", "ada-password")


def offer(organization, email):
    actor = audit.Actor("key:1", "dashboard")
    return invitations.invite(organization.pk, email=email, role="analyst", actor=actor, now=now())[
        1
    ]


def opened(client, token):
    answer = client.get("/invitation", {"token": token})
    assert (answer.status_code, answer["Location"]) == (302, "/invitation")
    assert client.session["invitation"] != token
    return client.get("/invitation")


def role_of(user):
    return Membership.objects.filter(user=user).values_list("role", flat=True).first()


def test_somebody_new_sets_a_password_and_is_in(client, invited, django_user_model):
    page = opened(client, invited).content.decode()
    assert "Join Acme" in page
    assert "<strong>analyst</strong>" in page
    answer = client.post("/invitation", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = django_user_model.objects.get()
    assert (user.username, user.email, role_of(user)) == ("ada@x.example",) * 2 + ("analyst",)
    assert client.session[SESSION_KEY] == str(user.pk)
    assert "Acme" in client.get("/").content.decode()
    assert Client().login(username="ada@x.example", password=PASSWORD["password"])
    entry = AuditEntry.objects.get(action="invitation.accepted")
    assert (entry.actor, entry.ip) == (f"user:{user.pk}", "127.0.0.1")


@pytest.mark.parametrize(
    ("password", "repeated", "said"),
    [
        ("long-and-unusual", "long-and-unusua1", "differ"),
        ("password", "password", "too common"),
        ("short", "short", "too short"),
        ("", "", "required"),
    ],
)
def test_a_bad_password_makes_no_account(
    client, invited, django_user_model, password, repeated, said
):
    opened(client, invited)
    answer = client.post("/invitation", {"password": password, "repeated": repeated})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not django_user_model.objects.exists()


def test_an_account_logs_in_first_and_comes_back(client, invited, ada):
    page = opened(client, invited).content.decode()
    assert "/login?next=/invitation" in page
    assert 'name="password"' not in page
    answer = client.post(
        "/login?next=/invitation",
        {"username": "ada", "password": "ada-password", "next": "/invitation"},
    )
    assert answer["Location"] == "/invitation"
    assert "Join as ada" in client.get("/invitation").content.decode()
    assert client.post("/invitation").status_code == 302
    assert role_of(ada) == "analyst"


def test_an_account_is_not_made_twice(client, invited, ada):
    opened(client, invited)
    answer = client.post("/invitation", PASSWORD)
    assert answer.status_code == 409
    assert "log in" in answer.content.decode()
    assert role_of(ada) is None


def test_another_account_is_politely_refused(client, invited, alice):
    client.force_login(alice)
    page = opened(client, invited).content.decode()
    assert "logged in as alice" in page
    assert "for somebody else" in page
    assert client.post("/invitation").status_code == 403
    assert Invitation.objects.get().accepted_at is None
    assert role_of(alice) == "owner"


def test_an_account_without_an_address_is_nobodys(client, acme, django_user_model):
    user = django_user_model.objects.create_user("bare")
    client.force_login(user)
    token = offer(acme, "bare@x.example")
    assert "no address" in opened(client, token).content.decode()
    assert client.post("/invitation").status_code == 403


def test_it_works_once(client, invited, ada):
    client.force_login(ada)
    opened(client, invited)
    client.post("/invitation")
    Membership.objects.filter(user=ada).delete()
    again = opened(client, invited)
    assert again.status_code == 410
    assert "used already" in again.content.decode()
    assert client.post("/invitation").status_code == 410
    assert role_of(ada) is None


def test_whoever_became_a_member_meanwhile_keeps_their_role(client, invited, ada, acme):
    Membership.objects.create(user=ada, organization=acme, role="owner")
    client.force_login(ada)
    opened(client, invited)
    assert client.post("/invitation").status_code == 302
    assert role_of(ada) == "owner"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"expires_at": now() - timedelta(seconds=1)}, 410, "expired"),
        ({"revoked_at": now()}, 410, "taken back"),
        ({"digest": "0" * 64}, 404, "not known"),
    ],
)
def test_what_opens_nothing_says_why(client, invited, ada, change, status, said):
    client.force_login(ada)
    opened(client, invited)
    Invitation.objects.update(**change)
    for answer in (client.get("/invitation"), client.post("/invitation")):
        assert answer.status_code == status
        assert said in answer.content.decode()
    assert role_of(ada) is None


def test_a_suspended_organization_takes_nobody(client, invited, ada, acme):
    client.force_login(ada)
    type(acme).objects.update(suspended_at=now())
    assert opened(client, invited).status_code == 403
    assert client.post("/invitation").status_code == 403
    assert role_of(ada) is None


def test_without_a_link_there_is_nothing(client, db):
    assert client.get("/invitation").status_code == 404
    assert client.post("/invitation", PASSWORD).status_code == 404
    assert client.put("/invitation").status_code == 405


def test_a_form_from_elsewhere_is_refused(invited, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    opened(client, invited)
    assert client.post("/invitation").status_code == 403
    assert role_of(ada) is None


def test_the_page_has_nothing_inline_and_is_kept_by_nobody(client, invited):
    answer = opened(client, invited)
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert "<script" not in page
    assert " style=" not in page
    assert invited not in page
