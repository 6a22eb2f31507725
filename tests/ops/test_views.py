"""`/healthz`, `/readyz` and `/metrics` as probes and Prometheus see them."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from enrichment.models import Batch
from tests.conftest import free_port
from tests.reports.outgoing import outgoing
from warehouse.clock import now
from warehouse.models import Day, Worker
from warehouse.tenancy import months

pytestmark = [pytest.mark.django_db, pytest.mark.urls("warehouse.ops.urls")]


@pytest.fixture
def answering_redis(settings, redis_url):
    """The product's settings over a Redis that answers."""
    settings.REDIS = {**settings.REDIS, "cache": f"{redis_url}/1"}


@pytest.fixture
def silent_redis(settings):
    """The product's settings over a port where nobody listens."""
    settings.REDIS = {**settings.REDIS, "cache": f"redis://127.0.0.1:{free_port()}/1"}


def seen(seconds_ago, **more):
    """Put down a worker's sign of life."""
    at = now() - timedelta(seconds=seconds_ago)
    return Worker.objects.create(name="w", engine="chdb 4", started_at=at, seen_at=at, **more)


def test_healthz_answers_with_everything_else_missing(client, silent_redis):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert "no-cache" in answer["Cache-Control"]


def test_healthz_refuses_a_post(client):
    assert client.post("/healthz").status_code == 405


def test_readyz_is_ready_when_every_part_answers(client, answering_redis):
    seen(1)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {name: part["ok"] for name, part in answer.json()["checks"].items()} == {
        "database": True,
        "redis": True,
        "worker": True,
        "warden": True,
    }


@pytest.mark.parametrize(
    ("age", "words"),
    [(None, "no worker has started yet"), (16, "no worker has given a sign of life for 16 s")],
)
def test_readyz_names_a_missing_worker(client, answering_redis, age, words):
    if age:
        seen(age)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "1"
    problem = answer.json()
    assert problem["code"] == "source-unavailable"
    assert problem["status"] == 503
    assert words in problem["detail"]
    assert problem["checks"]["database"]["ok"] is True
    assert problem["checks"]["worker"]["ok"] is False


def test_readyz_counts_the_newest_sign_of_life(client, answering_redis):
    seen(300)
    seen(2)
    seen(80)
    assert client.get("/readyz").status_code == 200


def test_readyz_names_a_redis_that_does_not_answer(client, silent_redis):
    seen(1)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "Redis does not answer" in answer.json()["detail"]


def figures(client):
    """Return every sample of /metrics as {(name, labels): value}."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_metrics_tell_what_waits_and_what_is_stored(client, acme):
    instant = now()
    Day.objects.create(organization_id=acme.id, day="2026-03-01", rows=40, watermark=instant)
    Day.objects.create(organization_id=acme.id, day="2026-03-02", rows=2, watermark=instant)
    seen(5, woken_at=instant - timedelta(seconds=9))
    for state, minutes in (("pending", 1), ("pending", 3), ("stored", 9)):
        acme_batch(acme, state, instant - timedelta(minutes=minutes))
    outgoing(acme, now=instant - timedelta(minutes=4))
    found = figures(client)
    assert found["trellis_events_stored", frozenset()] == 42
    assert found["trellis_batches", frozenset({("state", "pending")})] == 2
    assert found["trellis_batches", frozenset({("state", "stored")})] == 1
    assert 180 <= found["trellis_batch_wait_seconds", frozenset()] < 600
    assert found["trellis_deliveries", frozenset({("state", "pending")})] == 1
    assert 240 <= found["trellis_delivery_wait_seconds", frozenset()] < 600
    assert 5 <= found["trellis_worker_seen_seconds", frozenset()] < 600
    assert 9 <= found["trellis_worker_woken_seconds", frozenset()] < 600
    assert found["trellis_job_wait_seconds", frozenset()] == 0


def test_metrics_name_organizations_to_neighbours_only(client, acme):
    months.count(str(acme.pk), 7, now=now())
    for address, told in (("127.0.0.1", True), ("10.1.2.3", True), ("8.8.8.8", False)):
        text = client.get("/metrics", REMOTE_ADDR=address).content.decode()
        assert ('trellis_organization_month_events{organization="acme"} 7.0' in text) is told
        assert ("acme" in text) is told
    for name in ("X-Forwarded-For", "Forwarded", "Via"):
        told = client.get("/metrics", headers={name: "8.8.8.8"}, REMOTE_ADDR="172.18.0.3")
        assert "acme" not in told.content.decode()


def test_metrics_of_an_empty_installation_are_zero(client):
    found = figures(client)
    assert found["trellis_events_stored", frozenset()] == 0
    assert ("trellis_worker_seen_seconds", frozenset()) not in found


def acme_batch(organization, state, at):
    """Put down a batch of one event."""
    return Batch.objects.create(
        size=2,
        organization=organization,
        source="api",
        state=state,
        received_at=at,
        events=1,
        payload=b"",
    )
