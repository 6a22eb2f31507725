"""From a claim to a settled delivery, over a real socket."""

import threading
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.db import connections
from standardwebhooks import Webhook as Verifier

from reports import jobs
from reports.models import Delivery, Webhook
from reports.webhooks import deliveries, secrets
from reports.webhooks.sender import reconcile, work_once
from tests.reports.builders import NOON, after, submit
from tests.reports.webhooks.builders import delivery, hook, outcomes, sender
from tests.reports.webhooks.receiver import DELAY, MOVED, hang, receiving, status, until
from warehouse.worker.process import Process
from warehouse.worker.slots import Slots

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver():
    with receiving() as server:
        yield server


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def real():
    return datetime.now(UTC)


def test_a_message_is_delivered_signed_and_noted(acme, receiver):
    made = hook(acme, receiver.url("/hook"))
    row = delivery(made)
    now = real()
    assert sender(lambda: now).work_once()
    [(path, headers, body)] = receiver.got
    assert path == "/hook"
    assert Verifier(made.plain).verify(body, dict(headers))["type"] == "webhook.test"
    assert headers["webhook-id"] == f"msg_{row.pk.hex}"
    assert headers["User-Agent"].startswith("Trellis-Warehouse/")
    assert fresh(row).state == "delivered"
    assert outcomes(row) == ["delivered"]
    assert not sender(lambda: now).work_once()


def test_what_was_erased_since_the_claim_is_not_sent(acme, receiver):
    row = delivery(hook(acme, receiver.url()))
    works = sender(real)
    assert works.work_once(lambda: Delivery.objects.update(payload={"n": None}))
    assert orjson.loads(receiver.got[0][2])["data"] == {"n": None}
    second = delivery(row.webhook)
    assert works.work_once(lambda: Delivery.objects.filter(pk=second.pk).delete())
    assert len(receiver.got) == 1


def test_a_repeat_has_the_same_id_and_body_and_its_own_time(acme, receiver):
    receiver.answers["/"] = status(500)
    row = delivery(hook(acme, receiver.url()))
    assert sender(lambda: NOON).work_once()
    receiver.answers.clear()
    assert sender(lambda: after(5)).work_once()
    (_, first, body), (_, second, again) = receiver.got
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]
    assert outcomes(row) == ["refused", "delivered"]


@pytest.mark.parametrize(
    ("answer", "word", "code"),
    [
        (status(500), "refused", 500),
        (MOVED % b"http://169.254.169.254/latest", "refused", 301),
        (DELAY % (429, b"3600"), "refused", 429),
    ],
)
def test_a_failure_is_tried_again_later(acme, receiver, answer, word, code):
    receiver.answers["/"] = answer
    row = delivery(hook(acme, receiver.url()))
    sender().work_once()
    [attempt] = row.attempts.all()
    assert (attempt.outcome, attempt.status) == (word, code)
    assert fresh(row).due_at == after(3600 if code == 429 else 5)
    assert len(receiver.got) == 1


def test_gone_ends_it_all(acme, receiver):
    receiver.answers["/"] = status(410)
    made = hook(acme, receiver.url())
    row, waiting = delivery(made), delivery(made, after(1))
    sender().work_once()
    assert {fresh(row).state, fresh(waiting).state} == {"failed"}
    assert not fresh(made).enabled


def test_a_hanging_receiver_costs_one_try(acme, receiver):
    receiver.answers["/"] = hang
    row = delivery(hook(acme, receiver.url()))
    sender(seconds=0.3).work_once()
    assert outcomes(row) == ["timeout"]


def test_nothing_is_sent_where_it_may_not_go(acme, receiver):
    from_before = hook(acme, receiver.url())  # the operator allowed it once
    row = delivery(from_before)
    sender(guard=type(sender().poster.guard)()).work_once()
    assert outcomes(row) == ["forbidden-address"]
    assert receiver.got == []


def test_nothing_is_sent_to_a_disabled_webhook(acme, receiver):
    row = delivery(hook(acme, receiver.url(), enabled=False))
    sender().work_once()
    assert (fresh(row).state, outcomes(row)) == ("failed", ["disabled"])
    assert receiver.got == []


def test_a_secret_that_cannot_be_read_is_told_and_can_be_rotated(acme, receiver, settings):
    made = hook(acme, receiver.url())
    row = delivery(made)
    settings.SECRET_KEY = "another key of the installation"
    sender().work_once()
    assert outcomes(row) == ["no-secret"]
    assert "Rotate it" in row.attempts.get().detail
    assert (fresh(row).state, receiver.got) == ("pending", [])
    Webhook.objects.update(secret=secrets.seal(secrets.make()))
    sender(lambda: after(5)).work_once()
    assert fresh(row).state == "delivered"


def test_a_fault_of_ours_kills_no_slot(acme, alice):
    """A letter without a subject is nothing that anybody asks for."""
    row = deliveries.create(
        organization_id=acme.pk, type="t", payload={}, now=NOON, recipient=alice.email
    )
    assert sender().work_once()
    assert (outcomes(row), fresh(row).state) == (["fault"], "pending")


def test_a_webhook_that_is_removed_meanwhile_harms_nothing(acme, receiver, caplog):
    row = delivery(hook(acme, receiver.url()))

    def remove(request):
        def gone():
            Webhook.objects.all().delete()
            connections.close_all()

        thread = threading.Thread(target=gone)
        thread.start()
        thread.join()
        request.wfile.write(status(200))

    receiver.answers["/"] = remove
    caplog.set_level("INFO")
    assert sender().work_once()
    assert not Delivery.objects.filter(pk=row.pk).exists()
    assert "removed while it was sent" in caplog.text
    assert "taken over" not in caplog.text


@pytest.fixture
def process():
    """A worker's process, as far as sending needs it."""
    parts: dict[str, Any] = {"clickhouse": None, "cache": None}
    slots = Slots({"deliveries": 16})
    made = Process(id=sender().owner, name="test", alone=False, slots=slots, clock=real, **parts)
    yield made
    made.slots.stopping.set()
    until(lambda: made.slots.idle)


def test_what_happens_to_a_report_arrives(acme, globex, receiver, process):
    """With slow receivers of one organization nobody else waits."""
    receiver.answers["/slow"] = hang
    for _ in range(6):
        delivery(hook(acme, receiver.url("/slow")))
    made = hook(globex, receiver.url("/quick"), events=["report.cancelled"])
    jobs.cancel(submit(globex), now=real())
    works = sender(real, seconds=10)
    process.queues["deliveries"] = lambda: work_once(process, works)
    reconcile(process, works)
    [got] = until(lambda: [got for got in receiver.got if got[0] == "/quick"])
    told = Verifier(made.plain).verify(got[2], dict(got[1]))
    assert told["type"] == "report.cancelled"
    assert told["data"]["report"]["status"] == "cancelled"
    assert orjson.loads(got[2]) == told
    until(lambda: Delivery.objects.get(webhook=made).state == "delivered")
    sending = Delivery.objects.filter(organization=acme, state="sending")
    until(lambda: sending.count() == 4)
    receiver.ended.set()


def test_what_is_old_is_forgotten_by_the_way(acme, process):
    row = delivery(hook(acme))
    Delivery.objects.update(state="failed", due_at=None, finished_at=NOON.replace(year=2020))
    reconcile(process, sender(real))
    assert not Delivery.objects.filter(pk=row.pk).exists()
