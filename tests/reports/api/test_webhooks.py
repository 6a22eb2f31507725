"""`/webhooks`: made, shown, changed, rotated and removed; the secret is told once."""

from datetime import timedelta
from typing import Any

import pytest

from reports import journal
from reports.models import Delivery, Schedule, Webhook
from reports.webhooks import health, secrets, webhooks
from reports.webhooks.fanout import EVENTS
from tests.reports.builders import NOON, submit
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from tests.tenancy.api.people import deeds, delete, patch
from warehouse.clock import now
from warehouse.gateway.models import IdempotencyRecord
from warehouse.tenancy.models import ApiKey, AuditEntry

URL = "https://hooks.example.com/t/4711?password=hidden"


def made(client, **body):
    answer = post(client, "/webhooks", {"url": URL, **body})
    assert answer.status_code == 201, answer.content
    return answer.json()


def path(issued, rest=""):
    return f"/webhooks/{issued['webhook']['id']}{rest}"


def test_a_webhook_is_made_and_its_secret_shown_once(caller):
    answer = post(caller, "/webhooks", {"url": URL, "description": "d", "events": [EVENTS[1]]})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    issued = answer.json()
    shown = get(caller, path(issued)).json()
    assert shown == issued["webhook"]
    assert (shown["url"], shown["description"], shown["events"]) == (URL, "d", [EVENTS[1]])
    assert (shown["enabled"], shown["disabled_reason"], shown["failing_since"]) == (
        True,
        None,
        None,
    )
    assert get(caller, "/webhooks").json() == {"items": [shown], "next": None}
    assert issued["secret"] not in get(caller, "/webhooks").content.decode()
    assert secrets.unseal(Webhook.objects.get().secret) == issued["secret"]


def test_it_is_told_of_everything_unless_it_says_less(caller):
    assert made(caller)["webhook"]["events"] == list(EVENTS)
    assert made(caller, events=[])["webhook"]["events"] == []


def test_it_is_told_of_what_happens_from_now_on(caller, acme):
    submit(acme)
    made(caller)
    assert Webhook.objects.get().cursor == journal.newest(str(acme.pk)) > 0


def test_a_repeat_makes_one_webhook_and_tells_no_secret(caller):
    headers = {"Idempotency_Key": "k"}
    first = post(caller, "/webhooks", {"url": URL}, **headers).json()
    again = post(caller, "/webhooks", {"url": URL}, **headers).json()
    assert again == {**first, "secret": None}
    assert Webhook.objects.count() == 1
    assert first["secret"].encode() not in bytes(IdempotencyRecord.objects.get().body)


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "hooks.example.com",
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://hooks.example.com:25/",
        "https://ada:word@hooks.example.com/",
    ],
)
def test_an_address_that_nothing_may_be_sent_to_is_refused_at_once(caller, url):
    assert set(bad_fields(post(caller, "/webhooks", {"url": url}))) == {"url"}
    issued = made(caller)
    assert set(bad_fields(patch(caller, path(issued), {"url": url}))) == {"url"}
    assert Webhook.objects.get().url == URL


def test_every_bad_field_is_named_at_once(caller):
    body = {"description": 7, "events": ["report.begun"], "secret": "mine"}
    assert set(bad_fields(post(caller, "/webhooks", body))) == {
        "url",
        "description",
        "events[0]",
        "secret",
    }
    issued = made(caller)
    assert set(bad_fields(patch(caller, path(issued), {"enabled": "no", "x": 1}))) == {
        "enabled",
        "x",
    }
    nothing = dict.fromkeys(("url", "description", "events", "enabled"))
    assert set(bad_fields(patch(caller, path(issued), nothing))) == set(nothing)


def test_events_are_a_list(caller):
    issued = made(caller)
    bad: list[Any] = [None, EVENTS[0], {}, 7]
    for events in bad:
        assert set(bad_fields(post(caller, "/webhooks", {"url": URL, "events": events}))) == {
            "events"
        }
        assert set(bad_fields(patch(caller, path(issued), {"events": events}))) == {"events"}
    assert Webhook.objects.get().events == list(EVENTS)


def test_who_may_not_change_a_webhook_sees_where_it_leads_and_no_more(caller, acme):
    issued, reader = made(caller), caller_of(acme, ["reports:read"])
    shown = {**issued["webhook"], "url": "https://hooks.example.com/…"}
    assert get(reader, path(issued)).json() == shown
    assert get(reader, "/webhooks").json()["items"] == [shown]
    assert get(caller, "/webhooks").json()["items"] == [issued["webhook"]]


@pytest.mark.parametrize("how", ["test", "url", "enabled"])
def test_what_a_person_mends_or_tries_rests_no_longer(caller, how):
    issued = made(caller)
    Webhook.objects.update(
        silent=4, ready_at=now() + timedelta(minutes=9), enabled=how != "enabled"
    )
    if how == "test":
        waiting = post(caller, path(issued, "/test")).json()
        assert waiting["next_try_at"] == waiting["created_at"]
    else:
        patch(caller, path(issued), {how: f"{URL}&more" if how == "url" else True})
    assert Webhook.objects.get().ready_at is None


def test_a_message_tells_that_its_webhook_rests(caller):
    issued = made(caller)
    sent = post(caller, path(issued, "/test")).json()
    until = now().replace(microsecond=0) + timedelta(minutes=9)
    Webhook.objects.update(silent=4, ready_at=until)
    [listed] = get(caller, path(issued, "/deliveries")).json()["items"]
    one = get(caller, path(issued, f"/deliveries/{sent['id']}")).json()
    told = until.isoformat().replace("+00:00", "Z")
    assert (listed["next_try_at"], one["next_try_at"]) == (told, told)


def test_there_are_not_too_many(caller, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST", 2)
    for _ in range(2):
        made(caller)
    assert "2 webhooks" in problem(post(caller, "/webhooks", {"url": URL}), 409)["detail"]


def test_what_is_changed_changes_and_nothing_else(caller):
    issued = made(caller)
    answer = patch(caller, path(issued), {"description": "new"})
    assert answer.json() == {**issued["webhook"], "description": "new"}
    assert patch(caller, path(issued), {}).json() == answer.json()


def test_disabled_what_waits_has_failed_and_enabled_it_starts_afresh(caller, acme):
    issued = made(caller)
    assert post(caller, path(issued, "/test")).status_code == 201
    Webhook.objects.update(failing_since=NOON)
    assert patch(caller, path(issued), {"enabled": False}).json()["enabled"] is False
    assert Delivery.objects.get().state == "failed"
    assert problem(post(caller, path(issued, "/test")), 409)["detail"].endswith("enable it first.")
    Webhook.objects.update(disabled_reason=health.FAILING)
    submit(acme)
    shown = patch(caller, path(issued), {"enabled": True}).json()
    assert (shown["enabled"], shown["disabled_reason"], shown["failing_since"]) == (
        True,
        None,
        None,
    )
    assert Webhook.objects.get().cursor == journal.newest(str(acme.pk)) > 0


def test_a_webhook_that_asked_for_nothing_is_told_from_the_change_on(caller, acme):
    issued = made(caller, events=[])
    submit(acme)
    patch(caller, path(issued), {"events": list(EVENTS)})
    assert Webhook.objects.get().cursor == journal.newest(str(acme.pk)) > 0


def test_one_that_lags_behind_loses_nothing_by_a_change(caller, acme):
    issued = made(caller, events=[EVENTS[0]])
    submit(acme)
    patch(caller, path(issued), {"events": list(EVENTS)})
    assert Webhook.objects.get().cursor == 0


def test_a_rotation_keeps_the_former_secret_for_the_overlap(caller):
    issued = made(caller)
    answer = post(caller, path(issued, "/rotate"), {"overlap_seconds": 3600})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    fresh = answer.json()
    assert fresh["secret"] != issued["secret"]
    hook = Webhook.objects.get()
    assert secrets.unseal(hook.secret) == fresh["secret"]
    assert secrets.unseal(hook.previous_secret) == issued["secret"]
    assert fresh["webhook"]["previous_secret_until"] is not None
    post(caller, path(issued, "/rotate"), {"overlap_seconds": 0})
    hook.refresh_from_db()
    assert (hook.previous_secret, hook.previous_until) == ("", None)
    bad = post(caller, path(issued, "/rotate"), {"overlap_seconds": 7 * 86_400 + 1})
    assert set(bad_fields(bad)) == {"overlap_seconds"}
    assert timedelta(days=7) == webhooks.MOST_OVERLAP


def test_removed_it_is_gone_with_what_was_sent(caller):
    issued = made(caller)
    post(caller, path(issued, "/test"))
    assert delete(caller, path(issued)).status_code == 204
    assert problem(get(caller, path(issued)), 404)
    assert not Delivery.objects.exists()


def test_one_that_schedules_deliver_to_stays(caller, acme):
    issued = made(caller)
    Schedule.objects.create(
        organization=acme,
        name="Weekly figures",
        kind="query",
        request={},
        cron="0 7 * * 1",
        timezone="UTC",
        webhook=Webhook.objects.get(),
        created_at=NOON,
        created_by="key:1",
    )
    assert "Weekly figures" in problem(delete(caller, path(issued)), 409)["detail"]
    assert Webhook.objects.exists()
    assert "webhook.removed" not in deeds()


def test_everything_is_on_record_and_no_secret_is(caller):
    issued = made(caller)
    patch(caller, path(issued), {"url": "https://b.example/x?password=hidden"})
    rotated = post(caller, path(issued, "/rotate")).json()
    post(caller, path(issued, "/test"))
    delete(caller, path(issued))
    done = ["created", "changed", "rotated", "tested", "removed"]
    assert [deed for deed in deeds() if deed.startswith("webhook.")] == [
        f"webhook.{deed}" for deed in done
    ]
    told = str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert "https://hooks.example.com" in told
    for hidden in ("hidden", issued["secret"], rotated["secret"]):
        assert hidden not in told


OPERATIONS = (
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/rotate"),
    ("POST", "/test"),
    ("GET", "/deliveries"),
)


@pytest.mark.parametrize(("method", "rest"), OPERATIONS)
def test_anothers_is_not_there(caller, stranger, method, rest):
    issued = made(caller)
    for where in (path(issued, rest), f"/webhooks/no-id{rest}"):
        answer = stranger.generic(method, f"/api/v1{where}", "{}", "application/json")
        assert problem(answer, 404)
    assert get(stranger, "/webhooks").json()["items"] == []
    assert Webhook.objects.get().url == URL


@pytest.mark.parametrize(("method", "rest"), [op for op in OPERATIONS if op[0] != "GET"])
def test_readers_change_nothing(caller, acme, method, rest):
    issued, reader = made(caller), caller_of(acme, ["reports:read"])
    answer = reader.generic(method, f"/api/v1{path(issued, rest)}", "{}", "application/json")
    assert problem(answer, 403)
    assert get(reader, path(issued)).status_code == 200
    assert problem(post(reader, "/webhooks", {"url": URL}), 403)


def test_a_key_that_was_revoked_a_moment_ago_leaves_no_webhook(caller):
    issued = made(caller)
    ApiKey.objects.update(revoked_at=NOON)  # doors remember callers for seconds
    assert problem(post(caller, "/webhooks", {"url": URL}), 401)
    assert problem(post(caller, path(issued, "/rotate")), 401)
    assert Webhook.objects.count() == 1
