"""Pages of other sites: they may send events from allowed hosts, and nothing else."""

import orjson
import pytest
from django.test import Client

from tests.gateway.conftest import bearer
from warehouse.clock import now
from warehouse.gateway.cors import is_allowed
from warehouse.tenancy import keyring
from warehouse.tenancy.audit import Actor

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"
PUBLIC = keyring.Wish("page", keyring.PUBLIC_SCOPES, kind="public")
OPERATOR = keyring.Issuer(Actor(), keyring.PUBLIC_SCOPES)
SITE = "https://www.shop.example"
ASKS = {"Origin": SITE, "Access-Control-Request-Method": "POST"}


@pytest.fixture
def page(acme):
    """What a page of a site of Acme's asks with."""
    acme.allowed_hosts = ["acme.example", "*.shop.example"]
    acme.save()
    _, token = keyring.create(acme.pk, PUBLIC, by=OPERATOR, now=now())
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(caller, origin=SITE, url=URL):
    events = orjson.dumps([{"event_name": "view", "visitor_id": "v"}])
    headers = {"Origin": origin} if origin else {}
    return caller.post(url, events, content_type="application/json", headers=headers)


def test_a_preflight_names_nobody_and_allows_no_cookies(client):
    answer = client.options(URL, headers=ASKS)
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in answer["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("path", ["/api/v1/reports", "/api/v1", "/login", "/api/v1/ws-tickets"])
def test_nothing_else_has_a_preflight(client, path):
    answer = client.options(path, headers=ASKS)
    assert "Access-Control-Allow-Origin" not in answer


def test_a_page_of_an_allowed_host_sends_events_and_reads_the_answer(page):
    answer = post(page)
    assert answer.status_code == 202
    assert answer["Access-Control-Allow-Origin"] == SITE
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Origin" in answer["Vary"]


def test_a_page_reads_its_problems_too(page):
    answer = page.post(URL, b"[", content_type="application/json", headers={"Origin": SITE})
    assert answer.status_code == 400
    assert answer["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://shop.example.evil.example", "x"]
)
def test_pages_of_other_hosts_are_refused(page, origin):
    answer = post(page, origin)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer


def test_who_is_no_page_needs_no_host(page):
    assert post(page, None).status_code == 202


@pytest.mark.parametrize("scopes", [["events:write"], ["events:write", "reports:read"]])
def test_a_secret_key_is_of_no_use_to_a_page(acme, page, scopes):
    answer = post(bearer(acme, scopes))
    assert answer.status_code == 202
    assert "Access-Control-Allow-Origin" not in answer


def test_a_session_is_never_shared_with_another_site(page, client, alice):
    client.force_login(alice)
    answer = client.get("/api/v1/reports", headers={"Origin": SITE})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://acme.example", True),
        ("http://acme.example:8080", True),
        ("https://ACME.example", True),
        ("https://www.acme.example", False),
        ("https://a.b.shop.example", True),
        ("https://shop.example", False),
        ("https://evilshop.example", False),
        ("https://acme.example.evil.example", False),
        ("https://acme.example@evil.example", False),
        ("ftp://acme.example", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_hosts_are_compared_whole(origin, allowed):
    assert is_allowed(origin, ["acme.example", "*.shop.example"]) is allowed
