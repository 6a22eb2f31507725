"""Sockets end with what opened them: a key, a login, a membership, a served organization."""

from contextlib import ExitStack

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from reports.ws import callers
from tests.reports.doors import post, token_of
from warehouse.clock import now
from warehouse.tenancy import keyring, keys, members
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import ApiKey, Membership, Organization
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def login(door, django_user_model):
    """Make a user's login in a browser of their own: returns its client and its headers."""

    def _login(user):
        client = Client()
        client.force_login(user)
        assert SESSION_KEY in client.session
        cookie = f"sessionid={client.cookies['sessionid'].value}"
        return client, {"Cookie": cookie, "Origin": f"http://127.0.0.1:{door.port}"}

    return _login


def ended(socket, status):
    message = socket.next()
    assert (message["type"], message["error"]["status"]) == ("error", status)
    assert socket.closed_with() == 4000 + status


def member(organization, users, name):
    user = users.objects.create_user(name)
    Membership.objects.create(user=user, organization=organization, role="viewer")
    return user


def test_each_socket_ends_with_what_opened_it_and_no_other(
    door, acme, globex, django_user_model, login, wired
):
    """All endings at once: each is waited for anyway."""
    doomed, safe = token_of(acme), token_of(acme)
    guest, reader = member(acme, django_user_model, "guest"), member(acme, django_user_model, "r")
    leaver, leaving = login(reader)
    _, staying = login(reader)
    ticket = post(leaver, "/ws-tickets").json()["ticket"]
    with ExitStack() as stack:
        enter = stack.enter_context
        of_key, of_safe = enter(door.of(doomed)), enter(door.of(safe))
        of_globex = enter(door.of(token_of(globex)))
        of_guest = enter(door.open(**login(guest)[1]))
        of_login, of_ticket = enter(door.open(**leaving)), enter(door.open(f"?ticket={ticket}"))
        of_other_login = enter(door.open(**staying))
        everybody = (of_key, of_safe, of_globex, of_guest, of_login, of_ticket, of_other_login)
        for socket in everybody:
            assert socket.ask(type="ping") == {"type": "pong"}

        key = ApiKey.objects.get(digest=keys.digest(doomed))
        system = keyring.Issuer(Actor(), ())
        keyring.revoke(key, by=system, now=now())
        own = Membership.objects.get(user=guest)
        members.remove(own.pk, by=local.for_user(guest), now=now())
        leaver.post("/logout")
        Organization.objects.filter(pk=globex.pk).update(suspended_at=now())

        ended(of_key, 401)
        ended(of_guest, 403)
        ended(of_login, 401)
        ended(of_ticket, 401)
        ended(of_globex, 403)
        for socket in (of_safe, of_other_login):
            assert socket.ask(type="ping") == {"type": "pong"}


def test_a_ticket_of_a_login_that_has_ended_opens_nothing(
    door, acme, django_user_model, login, wired
):
    client, _ = login(member(acme, django_user_model, "guest"))
    ticket = post(client, "/ws-tickets").json()["ticket"]
    client.post("/logout")
    with door.open(f"?ticket={ticket}") as socket:
        ended(socket, 401)


def test_a_changed_password_ends_what_was_open(door, acme, django_user_model, login):
    user = member(acme, django_user_model, "guest")
    with door.open(**login(user)[1]) as socket:
        assert socket.ask(type="ping") == {"type": "pong"}
        user.set_password("another")
        user.save()
        ended(socket, 401)


def test_a_public_key_opens_no_socket(door, acme):
    wish = keyring.Wish("page", keyring.PUBLIC_SCOPES, "public")
    by = keyring.Issuer(Actor(), keyring.PUBLIC_SCOPES)
    _, token = keyring.create(acme.pk, wish, by=by, now=now())
    with door.of(token) as socket:
        ended(socket, 403)


def test_both_doors_look_again_in_time():
    assert callers.RENEW_SECONDS + 1 < 5
    assert local.REMEMBER_SECONDS + 1 < 5
