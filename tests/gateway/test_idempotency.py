"""A POST repeated under its key has its effect once and gets the same answer."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from tests.gateway.conftest import bearer
from warehouse.clock import now
from warehouse.gateway import idempotency, tasks
from warehouse.gateway.models import IdempotencyRecord
from warehouse.tenancy.models import ApiKey, Organization

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.gateway.urls")]


def post(client, name, key="k", path="/api/v1/counted", **fields):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, {"name": name, **fields}, "application/json", headers=headers)


def effects(name):
    return ApiKey.objects.filter(name=name).count()


@pytest.mark.parametrize("plain", [False, True], ids=["finished answer", "rendered answer"])
def test_a_repeat_gets_the_first_answer(caller, plain):
    first, second = post(caller, "a", plain=plain), post(caller, "a", plain=plain)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.get("Location") == second.get("Location")
    assert second["Content-Type"] == "application/json"
    assert not first.has_header("Idempotent-Replayed")
    assert second["Idempotent-Replayed"] == "true"
    assert effects("a") == 1


def test_the_same_key_with_another_body_gets_422(caller):
    post(caller, "a")
    answer = post(caller, "b")
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"
    assert effects("b") == 0


def test_another_address_or_organization_may_use_the_same_key(acme, globex, caller):
    post(caller, "a")
    assert post(caller, "b", path="/api/v1/counted?x=1").status_code == 422
    assert post(bearer(globex), "c").status_code == 201
    assert effects("c") == 1


def test_without_a_key_every_request_has_its_effect(caller):
    first, second = post(caller, "a", None), post(caller, "b", None)
    assert first.content != second.content
    assert IdempotencyRecord.objects.count() == 0


def test_a_refusal_is_rolled_back_with_its_effect_and_not_remembered(caller):
    for _ in range(2):
        assert post(caller, "broken").status_code == 429
        assert effects("broken") == 0
    assert IdempotencyRecord.objects.count() == 0
    assert post(caller, "mended").status_code == 201


@pytest.mark.parametrize(
    "key", [" " * 0, "x" * 256, "a\tb", "é"], ids=["empty", "long", "tab", "é"]
)
def test_a_key_that_cannot_be_kept_gets_400(caller, key):
    headers = {"Idempotency-Key": key}
    answer = caller.post("/api/v1/counted", {"name": "a"}, "application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_key_is_free_again_after_a_day(caller):
    post(caller, "a")
    IdempotencyRecord.objects.update(created_at=now() - timedelta(hours=24))
    assert post(caller, "b").status_code == 201
    assert effects("b") == 1


def test_purge_deletes_only_what_is_past_its_day(caller):
    post(caller, "old", "old")
    IdempotencyRecord.objects.update(created_at=now() - timedelta(hours=25))
    post(caller, "young", "young")
    tasks.purge()
    assert [record.key for record in IdempotencyRecord.objects.all()] == ["young"]
    assert idempotency.purge(now=now()) == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_one_has_the_effect():
    organization = Organization.objects.create(slug="acme", name="Acme")
    clients = [bearer(organization) for _ in range(8)]
    ready = threading.Barrier(len(clients))
    answers = []

    def send(client):
        ready.wait()
        answers.append(post(client, "a"))
        connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * len(clients)
    assert len({answer.content for answer in answers}) == 1
    assert effects("a") == 1
