"""`/keys`: made, shown once, rotated, revoked; and what a key may never do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.reports.doors import bad_fields, caller_of, get, post, problem
from tests.tenancy.api.people import deeds, delete
from warehouse.clock import now
from warehouse.gateway.models import IdempotencyRecord
from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey, AuditEntry, Invitation
from warehouse.tenancy.principal import SCOPES
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db


def made(client, **body):
    answer = post(client, "/keys", {"name": "n", "scopes": ["reports:read"], **body})
    assert answer.status_code == 201, answer.content
    return answer.json()


def works(client, token, path="/organization"):
    local.WARDEN.forget()
    return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_key_is_made_and_its_token_shown_once(owner, client):
    answer = post(owner, "/keys", {"name": "dash", "scopes": ["reports:read"]})
    assert answer["Cache-Control"] == "no-store"
    issued = answer.json()
    assert works(client, issued["token"]) == 200
    shown = get(owner, f"/keys/{issued['key']['id']}").json()
    assert shown == issued["key"]
    assert (shown["name"], shown["kind"], shown["status"]) == ("dash", "secret", "live")
    assert issued["token"].startswith(shown["prefix"])
    assert issued["token"] not in get(owner, "/keys").content.decode()
    assert get(owner, "/keys").json()["items"] == [shown]


GRANTS = {
    "a key": ("/keys", {"name": "heir", "scopes": ["reports:read"]}),
    "an invitation": ("/invitations", {"email": "heir@x.example", "role": "viewer"}),
    "a rotation": ("/keys/{other}/rotate", {}),
}


CHANGES: dict[str, tuple[dict[str, Any], int]] = {
    "revoked": ({"revoked_at": now()}, 401),
    "expired": ({"expires_at": now()}, 401),
    "narrowed": ({"scopes": ["reports:read"]}, 403),
}


def heirs():
    return ApiKey.objects.filter(revoked_at=None).count() + Invitation.objects.count()


@pytest.mark.parametrize("what", GRANTS)
@pytest.mark.parametrize("by", CHANGES)
def test_whoever_is_still_remembered_leaves_no_heir(acme, by, what):
    other, _ = keys.issue(acme, name="other", scopes=["reports:read"])
    path, body = GRANTS[what]
    leaked = caller_of(acme, sorted(SCOPES))
    key = ApiKey.objects.latest("created_at")
    assert get(leaked, "/organization").status_code == 200
    changes, status = CHANGES[by]
    ApiKey.objects.filter(pk=key.pk).update(**changes)
    before = heirs()
    problem(post(leaked, path.format(other=other.pk), body), status)
    assert get(leaked, "/organization").status_code == 200, "it was remembered all the while"
    assert heirs() == before


def test_only_the_digest_is_kept_anywhere(owner):
    token = made(owner)["token"]
    key = ApiKey.objects.get()
    assert key.digest == keys.digest(token)
    kept = [
        *ApiKey.objects.values(),
        *AuditEntry.objects.values(),
        *IdempotencyRecord.objects.values(),
    ]
    assert token not in repr(kept)


def test_a_repeat_makes_no_second_key_and_never_tells_the_token(owner):
    body = {"name": "n", "scopes": ["reports:read"]}
    first = post(owner, "/keys", body, Idempotency_Key="k").json()
    again = post(owner, "/keys", body, Idempotency_Key="k")
    assert again.json() == {"key": first["key"], "token": None}
    assert again["Idempotent-Replayed"] == "true"
    assert ApiKey.objects.count() == 1
    kept = IdempotencyRecord.objects.get()
    assert first["token"].encode() not in bytes(kept.body)
    assert post(owner, "/keys", body | {"name": "m"}, Idempotency_Key="k").status_code == 422


def test_a_repeated_rotation_never_tells_the_token(owner):
    key = made(owner)["key"]["id"]
    first = post(owner, f"/keys/{key}/rotate", {}, Idempotency_Key="k").json()
    again = post(owner, f"/keys/{key}/rotate", {}, Idempotency_Key="k").json()
    assert again == {"key": first["key"], "token": None}
    assert ApiKey.objects.count() == 2


def test_everything_wrong_is_told_at_once(owner):
    body = {"name": "", "scopes": ["reports:reed"], "kind": "secrt", "expires_at": "soon", "nme": 1}
    told = bad_fields(post(owner, "/keys", body))
    assert set(told) == {"name", "scopes[0]", "kind", "expires_at", "nme"}
    assert "reports:read" in told["scopes[0]"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        ({"kind": "public", "scopes": ["events:write", "reports:read"]}, "scopes"),
        ({"name": "a\0b"}, None),
        ({"name": "x" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(owner, body, field):
    answer = post(owner, "/keys", {"name": "n", "scopes": ["reports:read"], **body})
    document = problem(answer, 400)
    assert field is None or [error["field"] for error in document["errors"]] == [field]
    assert not ApiKey.objects.exists()


def test_nobody_gives_scopes_they_do_not_hold(acme):
    scopes = ["organization:admin", "reports:read"]
    administrator = caller_of(acme, scopes)
    denied = problem(post(administrator, "/keys", {"name": "n", "scopes": list(SCOPES)}), 403)
    assert "campaigns:write, events:write, reports:write" in denied["detail"]
    assert made(administrator, scopes=scopes)["key"]["scopes"] == sorted(scopes)


def test_nobody_gets_scopes_they_do_not_hold_by_rotating(acme):
    strong, _ = keys.issue(acme, name="strong", scopes=SCOPES)
    weak = caller_of(acme, ["organization:admin"])
    problem(post(weak, f"/keys/{strong.pk}/rotate", {}), 403)
    assert not strong.successors.exists()
    assert delete(weak, f"/keys/{strong.pk}").status_code == 204


def test_a_public_key_can_only_send_events(owner, client, acme):
    issued = made(owner, kind="public", scopes=["events:write"])
    headers = {"Authorization": f"Bearer {issued['token']}"}
    sent = client.post(
        "/api/v1/events", [{"event_name": "view"}], "application/json", headers=headers
    )
    assert sent.status_code == 202
    batch = sent.json()["batch_id"]
    for path in ("/me", "/organization", "/reports", f"/events/batches/{batch}", "/keys"):
        problem(client.get(f"/api/v1{path}", headers=headers), 403)
    problem(client.post("/api/v1/ws-tickets", {}, "application/json", headers=headers), 403)
    implied = post(owner, "/keys", {"name": "page", "kind": "public"}).json()
    assert implied["key"]["scopes"] == ["events:write"]


def test_a_rotated_key_works_until_the_overlap_has_passed(owner, client):
    old = made(owner)
    answer = post(owner, f"/keys/{old['key']['id']}/rotate", {"overlap_seconds": 3600})
    fresh = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert fresh["key"]["replaces"] == old["key"]["id"]
    assert (fresh["key"]["name"], fresh["key"]["scopes"]) == ("n", ["reports:read"])
    assert (works(client, old["token"]), works(client, fresh["token"])) == (200, 200)
    expires_at = datetime.fromisoformat(
        get(owner, f"/keys/{old['key']['id']}").json()["expires_at"]
    )
    assert timedelta(0) < expires_at - now() <= timedelta(hours=1)
    ApiKey.objects.filter(pk=old["key"]["id"]).update(expires_at=now())
    assert (works(client, old["token"]), works(client, fresh["token"])) == (401, 200)


def test_a_rotation_without_overlap_ends_the_old_key_at_once(owner, client):
    old = made(owner)
    post(owner, f"/keys/{old['key']['id']}/rotate", {"overlap_seconds": 0})
    assert works(client, old["token"]) == 401


def test_a_rotation_keeps_an_earlier_end_and_the_length_of_life(owner):
    soon = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    old = made(owner, expires_at=soon)["key"]
    fresh = post(owner, f"/keys/{old['id']}/rotate", {}).json()["key"]
    kept = get(owner, f"/keys/{old['id']}").json()
    assert kept["expires_at"] == old["expires_at"]
    life = datetime.fromisoformat(fresh["expires_at"]) - datetime.fromisoformat(fresh["created_at"])
    assert abs(life - timedelta(hours=2)) < timedelta(seconds=10)


@pytest.mark.parametrize("overlap", [-1, 604_801, "a day", True])
def test_an_overlap_has_bounds(owner, overlap):
    key = made(owner)["key"]["id"]
    answer = post(owner, f"/keys/{key}/rotate", {"overlap_seconds": overlap})
    assert set(bad_fields(answer)) == {"overlap_seconds"}


def test_a_key_that_is_not_live_or_was_rotated_is_not_rotated(owner):
    key = made(owner)["key"]["id"]
    fresh = post(owner, f"/keys/{key}/rotate", {}).json()["key"]["id"]
    assert "rotated already" in problem(post(owner, f"/keys/{key}/rotate", {}), 409)["detail"]
    delete(owner, f"/keys/{fresh}")
    assert "revoked" in problem(post(owner, f"/keys/{fresh}/rotate", {}), 409)["detail"]


def test_a_revoked_key_opens_nothing_and_stays_on_the_list(owner, client):
    issued = made(owner)
    assert works(client, issued["token"]) == 200
    for _ in "ab":
        assert delete(owner, f"/keys/{issued['key']['id']}").status_code == 204
    assert works(client, issued["token"]) == 401
    assert [key["status"] for key in get(owner, "/keys").json()["items"]] == ["revoked"]
    assert deeds(target=f"key:{issued['key']['id']}") == ["key.created", "key.revoked"]


def test_another_organizations_key_is_as_absent(owner, outsider, acme):
    key = made(owner)["key"]["id"]
    absent = [problem(get(outsider, f"/keys/{key}"), 404), problem(get(outsider, "/keys/x"), 404)]
    assert len({one["detail"] for one in absent}) == 1
    problem(delete(outsider, f"/keys/{key}"), 404)
    problem(post(outsider, f"/keys/{key}/rotate", {}), 404)
    assert get(outsider, "/keys").json()["items"] == []
    assert ApiKey.objects.get(pk=key).revoked_at is None


def test_an_organization_has_a_bounded_number_of_keys(owner, acme, monkeypatch):
    monkeypatch.setattr("warehouse.tenancy.keyring.MOST_LIVE", 1)
    made(owner)
    problem(post(owner, "/keys", {"name": "n", "scopes": ["reports:read"]}), 409)


def test_every_change_is_on_record_with_who_and_from_where(owner, acme):
    key = made(owner)["key"]["id"]
    post(owner, f"/keys/{key}/rotate", {})
    entry = AuditEntry.objects.get(action="key.rotated")
    assert (entry.organization_slug, entry.actor_name, entry.ip) == ("acme", "owner", "127.0.0.1")
    assert entry.details["name"] == "n"
    assert entry.request_id
