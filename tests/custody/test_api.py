"""The REST door of erasures and exports: who may ask, what is answered, what others see."""

import hashlib
import io
import json
import zipfile
from uuid import uuid4

import pytest
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.custody.stations import KEEP
from tests.enrichment.senders import send, view
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from warehouse.clock import now
from warehouse.custody import orders
from warehouse.custody.api import documents
from warehouse.custody.models import Errand
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import AuditEntry, Membership, Organization


@pytest.fixture
def here(station):
    """The same worker, at the time that the door reads."""
    station.now = now()
    return station


@pytest.fixture
def caller(here, acme):
    """A client with a key of Acme that may do everything."""
    return caller_of(acme)


@pytest.fixture
def stranger(here, globex):
    """A client with a key of Globex that may do everything there."""
    return caller_of(globex)


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


def fits(document, schema):
    Draft202012Validator(schema).validate(document)
    return document


def test_a_visitor_is_erased_and_the_receipt_read(caller, here, acme):
    send(acme, view(event_time="2026-03-01T00:00:00Z"))
    here.store()
    answer = post(caller, "/erasures", {"visitor_id": "v1"})
    assert answer.status_code == 202
    asked = fits(answer.json(), documents.ERASURE)
    assert (asked["status"], asked["receipt"]) == ("queued", None)
    assert answer["Location"] == asked["links"]["self"]
    here.errands()
    ended = caller.get(answer["Location"]).json()
    fits(ended, documents.ERASURE)
    assert (ended["status"], ended["progress"]["fraction"]) == ("succeeded", 1.0)
    canonical = json.dumps(
        ended["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == ended["receipt_sha256"]
    assert ended["receipt"]["removed"] > 0
    page = fits(get(caller, "/erasures").json(), documents._page(documents.ERASURE))
    assert [one["id"] for one in page["items"]] == [asked["id"]]


def test_so_much_may_be_open_and_the_organization_can_still_be_deleted(
    caller, stranger, here, acme, alice
):
    asked = [
        orders.erase_visitor(acme, f"v{number}", actor=Actor(), now=now())
        for number in range(orders.MOST_OPEN)
    ]
    for address, body in (("/erasures", {"visitor_id": "one-more"}), ("/exports", {})):
        answer = post(caller, address, body)
        assert "once some of them have ended" in problem(answer, 429)["detail"]
        assert int(answer["Retry-After"]) > 0
    assert post(caller, "/erasures", {"visitor_id": "v0"}).json()["id"] == str(asked[0].pk)
    assert post(stranger, "/exports").status_code == 202
    assert post(logged_in(alice), "/erasures", {"organization": "acme"}).status_code == 202


def test_a_repeated_key_asks_once(caller):
    answers = [post(caller, "/erasures", {"visitor_id": "v"}, Idempotency_Key="k") for _ in "ab"]
    assert answers[0].json() == answers[1].json()
    assert Errand.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"visitor_id"}),
        ({"visitor_id": "v", "organization": "acme"}, {"visitor_id"}),
        ({"visitor_id": ""}, {"visitor_id"}),
        ({"visitor_id": 5}, {"visitor_id"}),
        ({"visitor_id": "x" * 257}, {"visitor_id"}),
        ({"visitor_id": "v", "users": True}, {"users"}),
        ({"organization": "acme", "users": "yes"}, {"users"}),
        ({"visitor": "v"}, {"visitor"}),
    ],
)
def test_a_bad_body_is_refused(caller, body, fields):
    assert set(bad_fields(post(caller, "/erasures", body))) == fields
    assert not Errand.objects.exists()


def test_an_unknown_field_names_the_nearest(caller):
    assert "visitor_id" in bad_fields(post(caller, "/erasures", {"visitorid": "v"}))["visitorid"]


@pytest.mark.parametrize("address", ["/erasures", "/exports"])
def test_an_administrators_scope_is_needed(here, acme, address):
    modest = caller_of(acme, scopes=("reports:read", "reports:write", "events:write"))
    problem(get(modest, address), 403)
    problem(post(modest, address, {"visitor_id": "v"} if "er" in address else {}), 403)


def test_an_owner_types_the_slug_to_delete_the_organization(here, acme, alice):
    client = logged_in(alice)
    assert set(bad_fields(post(client, "/erasures", {"organization": "acm"}))) == {"organization"}
    answer = post(client, "/erasures", {"organization": "acme"})
    assert answer.status_code == 202
    acme.refresh_from_db()
    assert acme.suspended_at is not None
    address = answer.json()["links"]["self"]
    assert client.get(address).json()["status"] == "queued", "suspended, and yet readable"
    here.now = now()
    here.errands()
    assert not Organization.objects.filter(slug="acme").exists()
    ended = client.get(address).json()
    assert (ended["status"], ended["receipt"]["left"]) == ("succeeded", 0)


def test_neither_keys_nor_other_members_delete_an_organization(
    caller, here, acme, django_user_model
):
    admin = django_user_model.objects.create_user("amy")
    Membership.objects.create(user=admin, organization=acme, role="admin")
    for client in (caller, logged_in(admin)):
        problem(post(client, "/erasures", {"organization": "acme"}), 403)
    acme.refresh_from_db()
    assert acme.suspended_at is None


def test_an_erasure_is_shown_to_its_asker_its_organization_and_the_admin(
    caller, stranger, here, acme, alice, charlie, django_user_model
):
    address = post(logged_in(alice), "/erasures", {"visitor_id": "v"}).json()["links"]["self"]
    boss = django_user_model.objects.create_superuser("boss", password="boss-password")
    for client in (caller, logged_in(alice), logged_in(boss)):
        assert client.get(address).status_code == 200
    for client in (stranger, logged_in(charlie)):
        problem(client.get(address), 404)
    problem(Client().get(address), 401)
    problem(Client(headers={"Authorization": "Bearer no"}).get(address), 401)
    assert get(stranger, "/erasures").json()["items"] == []


def test_an_erasure_is_not_shown_to_a_member_who_does_not_administrate(here, acme, alice):
    address = post(logged_in(alice), "/erasures", {"visitor_id": "v"}).json()["links"]["self"]
    problem(caller_of(acme, scopes=("reports:read",)).get(address), 404)


def test_an_export_is_made_and_downloaded_by_its_organization(caller, stranger, here, acme):
    send(acme, view(event_time="2026-03-01T00:00:00Z"))
    here.store()
    asked = fits(post(caller, "/exports").json(), documents.EXPORT)
    address = asked["links"]["self"]
    problem(caller.get(f"{address}/download"), 409)
    here.errands()
    made = fits(caller.get(address).json(), documents.EXPORT)
    download = caller.get(made["links"]["download"])
    data = b"".join(download.streaming_content)
    assert download["Content-Type"] == "application/zip"
    assert int(download["Content-Length"]) == len(data) == made["bytes"]
    assert hashlib.sha256(data).hexdigest() == made["sha256"] == download["X-Content-SHA256"]
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    head = caller.head(made["links"]["download"])
    assert head["Content-Length"] == download["Content-Length"]
    assert AuditEntry.objects.filter(action="takeout.downloaded").count() == 1
    for foreign in (address, made["links"]["download"]):
        problem(stranger.get(foreign), 404)
    page = fits(get(caller, "/exports").json(), documents._page(documents.EXPORT))
    assert [one["id"] for one in page["items"]] == [made["id"]]
    assert get(stranger, "/exports").json()["items"] == []


def test_an_export_is_gone_once_it_has_expired(caller, here, acme, results):
    asked = post(caller, "/exports").json()
    here.errands()
    download = f"{asked['links']['self']}/download"
    for path in results.glob("**/*.zip"):
        path.unlink()
    problem(caller.get(download), 410)
    Errand.objects.update(expires_at=now() - KEEP)
    problem(caller.get(download), 410)


def test_an_erasure_is_no_export_and_the_other_way_round(caller):
    erasure = post(caller, "/erasures", {"visitor_id": "v"}).json()["id"]
    export = post(caller, "/exports").json()["id"]
    problem(get(caller, f"/exports/{erasure}"), 404)
    problem(get(caller, f"/erasures/{export}"), 404)
    for name in (uuid4(), "x"):
        problem(get(caller, f"/exports/{name}"), 404)
        problem(get(caller, f"/erasures/{name}"), 404)


def test_the_document_tells_of_every_operation(client):
    paths = client.get("/api/v1/schema").json()["paths"]
    told = {path: set(paths[path]) for path in paths if "erasures" in path or "exports" in path}
    assert told == {
        "/api/v1/erasures": {"get", "post"},
        "/api/v1/erasures/{erasure_id}": {"get"},
        "/api/v1/exports": {"get", "post"},
        "/api/v1/exports/{export_id}": {"get"},
        "/api/v1/exports/{export_id}/download": {"get"},
    }
