"""Who may open a socket, and how those who may not are told."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from websockets.exceptions import InvalidStatus

from reports.ws import authentication
from tests.reports.doors import post, problem, token_of
from warehouse.clock import now
from warehouse.exceptions import AccessDenied, Unauthenticated
from warehouse.tenancy.models import ApiKey, Membership
from warehouse.tenancy.principal import Principal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie(alice):
    """Alice's session in the dashboard, as a Cookie header."""
    client = Client()
    client.force_login(alice)
    assert SESSION_KEY in client.session
    return f"sessionid={client.cookies['sessionid'].value}"


def refused(socket, status, code):
    message = socket.next()
    assert message["type"] == "error"
    assert message["error"]["status"] == status
    assert socket.closed_with() == code


def test_a_token_opens_a_socket(door, acme):
    with door.of(token_of(acme)) as socket:
        assert socket.ask(type="ping") == {"type": "pong"}


def test_a_ticket_opens_one_socket(door, caller):
    ticket = post(caller, "/ws-tickets").json()
    with door.open(f"?ticket={ticket['ticket']}") as socket:
        assert socket.ask(type="ping") == {"type": "pong"}
    with door.open(f"?ticket={ticket['ticket']}") as socket:
        refused(socket, 401, 4401)


@pytest.mark.parametrize("name", ["127.0.0.1:8765", "127.0.0.1:{port}"])
def test_a_session_opens_a_socket_from_our_own_pages(door, cookie, name):
    origin = "http://" + name.format(port=door.port)
    with door.open(Cookie=cookie, Origin=origin) as socket:
        assert socket.ask(type="ping") == {"type": "pong"}


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1:9",
        "http://localhost:8765",
        "http://127.0.0.1.evil.example:8765",
        "file://127.0.0.1:8765",
        "http://127.0.0.1:99999",
        "http://[::1",
    ],
)
def test_a_session_opens_none_from_elsewhere(door, cookie, origin):
    with door.open(Cookie=cookie, **({"Origin": origin} if origin else {})) as socket:
        refused(socket, 403, 4403)


def test_a_foreign_host_is_no_host_of_ours():
    assert not authentication.is_own_origin("http://evil.example", "evil.example")
    assert authentication.is_own_origin("https://localhost", "localhost")


@pytest.mark.parametrize("header", ["Bearer no", "Basic abc", "Bearer", "Bearer trl_" + "a" * 49])
def test_a_bad_token_is_told_so(door, transactional_db, header):
    with door.open(Authorization=header) as socket:
        refused(socket, 401, 4401)


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=abc", "?access_token=abc"])
def test_without_a_name_one_is_told_so(door, query):
    with door.open(query) as socket:
        refused(socket, 401, 4401)


def test_a_token_in_the_address_is_not_looked_at(door, acme):
    with door.open(f"?access_token={token_of(acme)}&token={token_of(acme)}") as socket:
        refused(socket, 401, 4401)


def test_the_scope_is_needed(door, acme):
    with door.of(token_of(acme, ["events:write"])) as socket:
        refused(socket, 403, 4403)


def test_a_foreign_organization_is_refused(door, acme, globex):
    header = f"Bearer {token_of(acme)}"
    with door.open(Authorization=header, X_Organization="globex") as socket:
        refused(socket, 403, 4403)


def test_a_ticket_for_a_key_revoked_meanwhile_opens_nothing(door, caller):
    ticket = post(caller, "/ws-tickets").json()["ticket"]
    ApiKey.objects.update(revoked_at=now())
    with door.open(f"?ticket={ticket}") as socket:
        refused(socket, 401, 4401)


def test_an_open_socket_is_looked_at_again(acme, alice):
    token_of(acme)
    key = ApiKey.objects.get()
    holder = Principal(f"key:{key.pk}", acme.as_tenant(), frozenset(key.scopes))
    person = Principal(f"user:{alice.pk}", acme.as_tenant(), frozenset())
    at = now()
    assert authentication.renew(holder).subject == holder.subject
    assert authentication.renew(person).subject == person.subject
    ApiKey.objects.update(expires_at=at - timedelta(seconds=1))
    Membership.objects.all().delete()
    with pytest.raises(Unauthenticated):
        authentication.renew(holder)
    with pytest.raises(AccessDenied):
        authentication.renew(person)
    with pytest.raises(Unauthenticated):
        authentication.renew(Principal(f"key:{uuid4()}", acme.as_tenant(), frozenset()))


def test_tickets_need_a_caller_and_take_no_fields(caller, client, wired):
    problem(post(client, "/ws-tickets"), 401)
    problem(post(caller, "/ws-tickets", {"for": "ever"}), 400)
    answer = post(caller, "/ws-tickets")
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["url"].endswith(f"/ws/v1/?ticket={answer.json()['ticket']}")


def test_a_ticket_asked_for_twice_under_one_key_is_one(caller):
    first, again = (post(caller, "/ws-tickets", Idempotency_Key="t").json() for _ in "ab")
    assert first == again


def test_without_redis_there_are_no_tickets(caller, settings):
    settings.REDIS = {**settings.REDIS, "channels": "redis://127.0.0.1:1/2"}
    answer = post(caller, "/ws-tickets")
    problem(answer, 503)
    assert int(answer["Retry-After"]) > 0


def test_the_socket_port_says_that_it_lives(door):
    alive = httpx.get(f"http://127.0.0.1:{door.port}/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert httpx.get(f"http://127.0.0.1:{door.port}/admin/").status_code == 404


def test_another_path_is_no_socket(door):
    with pytest.raises(InvalidStatus), door.open(path="/ws/v2/"):
        pass


def test_an_address_with_too_many_parameters_opens_nothing(door):
    with door.open("?" + "&".join(f"a{number}=1" for number in range(40))) as socket:
        refused(socket, 400, 4400)


def test_an_open_socket_is_closed_once_its_key_is_revoked(door, acme):
    with door.of(token_of(acme)) as socket:
        assert socket.ask(type="ping") == {"type": "pong"}
        ApiKey.objects.update(revoked_at=now())
        refused(socket, 401, 4401)
