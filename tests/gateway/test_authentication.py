"""Who may pass the gateway, and as whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.gateway.conftest import bearer
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import keys
from warehouse.tenancy.models import Membership

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]


def test_a_token_decides_the_organization(caller):
    answer = caller.get("/api/v1/echo")
    assert answer.status_code == 200
    assert answer.json()["organization"] == "acme"
    assert answer.json()["subject"].startswith("key:")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", f"Bearer {keys.new_token()}", "Bearer é"],
    ids=["none", "no-token", "empty", "basic", "no-form", "unknown", "not-ascii"],
)
def test_no_or_a_bad_token_gets_401(client, header):
    answer = client.get("/api/v1/echo", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


def test_a_revoked_an_expired_and_a_suspended_key_are_refused(acme, client):
    cases = [
        ({"revoked_at": timezone.now()}, None, 401),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, None, 401),
        ({}, timezone.now(), 403),
    ]
    for changes, suspended_at, status in cases:
        key, token = keys.issue(acme, name="test", scopes=["reports:read"])
        type(key).objects.filter(pk=key.pk).update(**{"name": "test", **changes})
        type(acme).objects.filter(pk=acme.pk).update(suspended_at=suspended_at)
        answer = client.get("/api/v1/echo", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, changes


def test_a_missing_scope_gets_403_that_names_it(acme):
    answer = bearer(acme, ["reports:read"]).post("/api/v1/echo", {}, "application/json")
    assert answer.status_code == 403
    assert "reports:write" in answer.json()["detail"]


def test_head_needs_what_get_needs(acme):
    assert bearer(acme, ["reports:read"]).head("/api/v1/echo").status_code == 200
    assert bearer(acme, ["events:write"]).head("/api/v1/echo").status_code == 403


def test_a_foreign_organization_named_gets_403(acme, globex, caller):
    named = caller.get("/api/v1/echo", headers={"X-Organization": "globex"})
    absent = caller.get("/api/v1/echo", headers={"X-Organization": "nobody"})
    own = caller.get("/api/v1/echo", headers={"X-Organization": "acme"})
    assert (named.status_code, absent.status_code, own.status_code) == (403, 403, 200)
    assert named.json()["detail"] == absent.json()["detail"]


def test_a_session_works_and_a_bad_token_is_not_helped_by_it(alice, client):
    client.force_login(alice)
    assert client.get("/api/v1/echo").json()["subject"] == f"user:{alice.pk}"
    assert client.get("/api/v1/echo", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_session_that_changes_something_needs_the_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    refused = client.post("/api/v1/echo", {}, "application/json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    client.cookies["csrftoken"] = "a" * 32
    token = {"X-CSRFToken": "a" * 32}
    assert client.post("/api/v1/echo", {}, "application/json", headers=token).status_code == 200


def test_a_token_needs_no_csrf_token(acme):
    client = bearer(acme, enforce_csrf_checks=True)
    assert client.post("/api/v1/echo", {}, "application/json").status_code == 200


def test_a_person_of_several_organizations_names_one(alice, globex, client):
    Membership.objects.create(user=alice, organization=globex, role="viewer")
    client.force_login(alice)
    unnamed = client.get("/api/v1/echo")
    assert unnamed.status_code == 400
    assert unnamed.json()["errors"][0]["field"] == "X-Organization"
    assert "acme, globex" in unnamed.json()["detail"]
    here = {"X-Organization": "globex"}
    assert client.get("/api/v1/echo", headers=here).json()["organization"] == "globex"
    assert client.post("/api/v1/echo", {}, "application/json", headers=here).status_code == 403


def test_a_stranger_and_a_person_of_nothing_get_403(charlie, acme, client, django_user_model):
    client.force_login(charlie)
    assert client.get("/api/v1/echo", headers={"X-Organization": "acme"}).status_code == 403
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert client.get("/api/v1/echo").status_code == 403


def test_a_deactivated_person_is_out(alice, client):
    client.force_login(alice)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/api/v1/echo").status_code == 401


def test_a_view_must_say_what_each_of_its_methods_needs():
    with pytest.raises(TypeError, match="DELETE"):

        class Forgetful(OrganizationView):
            scopes = {"GET": None}

            def get(self, request): ...

            def delete(self, request): ...
