"""Every door asks the Warden the settings name, and lets nobody in that it does not vouch for."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from reports import tickets
from reports.ws import authentication
from tests.conftest import free_port
from tests.reports.doors import wired  # noqa: F401
from tests.reports.ws.conftest import served
from tests.tenancy.warden.wardens import GLOBEX, organization, principal, token
from warehouse.clock import now
from warehouse.exceptions import AccessDenied, Unauthenticated
from warehouse.ops import checks
from warehouse.sources.redis import connect
from warehouse.tenancy import keys, members
from warehouse.tenancy.models import Invitation
from warehouse.tenancy.warden import gate

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.gateway.urls"),
]


@pytest.fixture
def remote(settings, scripted):
    """The product's settings with a remote Warden that does as tokens say."""
    settings.WARDEN = {**settings.WARDEN, "url": f"grpc://{scripted}"}


def echo(shown, **headers):
    return Client().get("/api/v1/echo", headers={"Authorization": f"Bearer {shown}", **headers})


def test_a_token_of_a_remote_warden_opens_the_gateway(remote):
    shown = token(principal=principal(organization(), organization(GLOBEX, "globex")))
    assert echo(shown).status_code == 400
    answer = echo(shown, X_Organization="globex")
    assert answer.status_code == 200
    assert (answer.json()["organization"], answer.json()["subject"]) == ("globex", "key:1")
    assert echo(shown, X_Organization="initech").status_code == 403


def test_the_keys_of_this_database_mean_nothing_then(remote, acme):
    _, own = keys.issue(acme, name="n", scopes=["reports:read"])
    assert echo(own).status_code == 503  # the scripted one breaks on what is no script
    assert echo(token(code="UNAUTHENTICATED")).status_code == 401


def test_who_invites_is_asked_about_once_more(remote, db, monkeypatch):
    monkeypatch.setattr("warehouse.tenancy.warden.remote.RENEW_SECONDS", 0.0)
    told = principal(role="admin", scopes=["organization:admin", "reports:read"])
    lasting, revoked = (
        gate.authenticate(token(principal=told, **more)) for more in ({"mark": "l"}, {"times": 1})
    )
    members.invite("a@x.example", "viewer", by=lasting, now=now())
    with pytest.raises(AccessDenied, match="more than you may"):
        members.invite("b@x.example", "analyst", by=lasting, now=now())
    with pytest.raises(Unauthenticated):
        members.invite("c@x.example", "viewer", by=revoked, now=now())
    assert [row.email for row in Invitation.objects.all()] == ["a@x.example"]


def test_without_warden_the_answer_is_503(settings):
    settings.WARDEN = {**settings.WARDEN, "url": f"grpc://127.0.0.1:{free_port()}"}
    answer = echo(token())
    assert answer.status_code == 503
    assert answer.json()["code"] == "warden-unavailable"
    assert answer["Retry-After"] == "1"


def test_readiness_tells_of_warden(settings):
    assert checks.warden(now()).ok
    settings.WARDEN = {**settings.WARDEN, "url": f"grpc://127.0.0.1:{free_port()}"}
    found = checks.warden(now())
    assert not found.ok
    assert "TRELLIS_WARDEN_URL" in found.advice


def test_a_ticket_stands_for_a_token_and_neither_half_of_it_tells_which(remote, wired, settings):  # noqa: F811
    shown = token(mark="ticket")
    ticket = tickets.issue(gate.authenticate(shown))
    store = connect(settings.REDIS["channels"])
    (name,) = store.keys("ticket:*")
    kept: Any = store.get(name)
    half = json.loads(kept)[3]
    store.close()
    for text in (ticket.partition(".")[2], half):
        alone = base64.urlsafe_b64decode(text)
        assert len(alone) == len(shown)
        assert not set(_pieces(alone)) & set(_pieces(shown.encode()))
    scope = {"headers": [], "query_string": f"ticket={ticket}".encode()}
    assert authentication.identify(scope).subject == "key:1"
    with pytest.raises(Unauthenticated):
        authentication.identify(scope)


def test_a_socket_closes_once_warden_no_longer_knows_its_token(
    transactional_db,
    redis_url,
    scripted,
    monkeypatch,
):
    monkeypatch.setenv("TRELLIS_WARDEN_URL", f"grpc://{scripted}")
    lasting, ending = token(mark="of the same subject"), token(times=1)
    with (
        served(free_port(), redis_url) as door,
        door.of(lasting) as other,
        door.of(ending) as socket,
    ):
        assert other.ask(type="ping") == socket.ask(type="ping") == {"type": "pong"}
        assert socket.next()["error"]["status"] == 401
        assert socket.closed_with() == 4401
        assert other.ask(type="ping") == {"type": "pong"}


def _pieces(text):
    return [text[start : start + 6] for start in range(len(text) - 5)]
