"""Batches that the engine refuses: set aside, and in nobody's way."""

from datetime import timedelta

from enrichment import groups, storing
from enrichment.models import Batch
from tests.enrichment.senders import LEASE, NOW, OWNER, send, stored, view, work
from tests.enrichment.test_storing import DyingEngine, at_time
from warehouse.exceptions import QueryRejected


def test_refused_insert_counts_against_the_batch(acme, clickhouse):
    send(acme, view(event_id="a"))
    refusing = DyingEngine(clickhouse, "analytics_events", after=False, error=QueryRejected)
    at = NOW
    for _ in range(groups.DEATHS_LIMIT + 1):
        storing.work_once(refusing, owner=OWNER, clock=at_time(at), lease=LEASE)
        at += LEASE
    assert Batch.objects.get().state == "rejected"


def test_an_id_of_a_batch_that_was_set_aside_is_free_for_the_next(acme, clickhouse):
    send(acme, view(event_id="a"))
    refusing = DyingEngine(clickhouse, "analytics_events", after=False, error=QueryRejected)
    for number in range(groups.DEATHS_LIMIT + 1):
        at = NOW + number * LEASE
        storing.work_once(refusing, owner=OWNER, clock=at_time(at), lease=LEASE)
    send(acme, view(event_id="a"), at=NOW + timedelta(hours=1))
    work(clickhouse, NOW + timedelta(hours=1))
    assert stored(clickhouse, acme) == ["a"]
