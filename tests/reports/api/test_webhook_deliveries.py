"""`/webhooks/ID/deliveries`: what was sent and is to be, every attempt, and sending it again."""

from datetime import timedelta

import pytest

from reports.models import Delivery, Webhook
from reports.webhooks import signing
from reports.webhooks.outcomes import Outcome
from tests.reports.builders import after
from tests.reports.doors import bad_fields, caller_of, get, post, problem
from tests.reports.webhooks.builders import BAD, GOOD, attempt, delivery, hook
from tests.tenancy.api.people import deeds
from warehouse.clock import now


@pytest.fixture
def made(caller, acme):
    return hook(acme)


def path(hook_, rest=""):
    return f"/webhooks/{hook_.pk}/deliveries{rest}"


def test_a_test_is_a_delivery(caller, made):
    sent = post(caller, f"/webhooks/{made.pk}/test").json()
    assert (sent["type"], sent["state"], sent["attempts"]) == ("webhook.test", "pending", [])
    assert sent["data"]["webhook"]["id"] == str(made.pk)
    assert get(caller, path(made, f"/{sent['id']}")).json() == sent
    row = Delivery.objects.get()
    assert sent["message_id"] == signing.id_of(row)


def test_a_repeat_tests_once(caller, made):
    headers = {"Idempotency_Key": "k"}
    first, again = (post(caller, f"/webhooks/{made.pk}/test", **headers).json() for _ in range(2))
    assert first == again
    assert Delivery.objects.count() == 1


def test_every_attempt_is_shown(caller, made):
    row = delivery(made)
    attempt(Outcome("refused", 503, elapsed_ms=12))
    attempt(Outcome("timeout", detail="No answer came within 15 seconds."), after(5))
    shown = get(caller, path(made, f"/{row.pk}")).json()
    assert (shown["state"], shown["tries"], shown["next_try_at"]) == (
        "pending",
        2,
        "2026-11-23T12:05:05Z",
    )
    first, second = shown["attempts"]
    assert (first["number"], first["outcome"], first["status"]) == (1, "refused", 503)
    assert (second["outcome"], second["status"]) == ("timeout", None)
    assert second["detail"].startswith("No answer")


def test_they_are_listed_newest_first_in_pages_and_by_state(caller, made):
    rows = [delivery(made, after(number)) for number in range(3)]
    attempt(GOOD, after(10))
    listed = get(caller, path(made)).json()["items"]
    assert [one["id"] for one in listed] == [str(row.pk) for row in reversed(rows)]
    first = get(caller, path(made, "?limit=2")).json()
    rest = caller.get(first["next"]).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in listed]
    done = get(caller, path(made, "?state=delivered")).json()["items"]
    assert [one["id"] for one in done] == [str(rows[0].pk)]
    assert len(get(caller, path(made, "?state=delivered,pending")).json()["items"]) == 3
    assert set(bad_fields(get(caller, path(made, "?state=lost&x=1")))) == {"state", "x"}


def test_those_of_another_webhook_are_not_there(caller, made, acme):
    other = delivery(hook(acme))
    assert get(caller, path(made)).json()["items"] == []
    assert problem(get(caller, path(made, f"/{other.pk}")), 404)
    assert problem(post(caller, path(made, f"/{other.pk}/redeliver")), 404)
    assert problem(get(caller, path(made, "/no-id")), 404)


def test_anothers_are_not_there(caller, made, stranger):
    row = delivery(made)
    attempt(GOOD)
    assert problem(get(stranger, path(made, f"/{row.pk}")), 404)
    assert problem(post(stranger, path(made, f"/{row.pk}/redeliver")), 404)
    row.refresh_from_db()
    assert row.state == "delivered"


def test_what_has_ended_is_sent_again(caller, made):
    row = delivery(made)
    attempt(GOOD)
    answer = post(caller, path(made, f"/{row.pk}/redeliver"))
    assert answer.status_code == 202
    again = answer.json()
    assert (again["id"], again["state"], again["tries"]) == (str(row.pk), "pending", 0)
    assert len(again["attempts"]) == 1
    assert deeds(action="delivery.redelivered")
    assert attempt(GOOD, now() + timedelta(seconds=1)).pk == row.pk
    assert Delivery.objects.get().attempts.count() == 2


def test_what_has_not_ended_is_not_sent_again(caller, made):
    row = delivery(made)
    attempt(BAD)
    assert problem(post(caller, path(made, f"/{row.pk}/redeliver")), 409)
    assert not deeds(action="delivery.redelivered")


def test_nothing_is_sent_again_to_a_disabled_webhook(caller, made):
    row = delivery(made)
    attempt(GOOD)
    Webhook.objects.update(enabled=False)
    assert problem(post(caller, path(made, f"/{row.pk}/redeliver")), 409)


def test_readers_read_and_send_nothing(caller, made, acme):
    row = delivery(made)
    attempt(GOOD)
    reader = caller_of(acme, ["reports:read"])
    assert get(reader, path(made, f"/{row.pk}")).status_code == 200
    assert problem(post(reader, path(made, f"/{row.pk}/redeliver")), 403)
