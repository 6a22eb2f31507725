"""What was set aside is forgotten when its organization would have forgotten its events."""

from datetime import UTC, datetime, timedelta

import pytest

from enrichment import admin, groups, retention, tasks
from enrichment.models import Batch
from tests.enrichment.senders import NOW, send, view
from warehouse import clock
from warehouse.tenancy.models import AuditEntry, Organization

EDGE = datetime(2026, 3, 5, tzinfo=UTC)
"""When the first day begins that is kept by whoever keeps five days at `NOW`, the 10th."""


def set_aside(organization, at, state="rejected"):
    send(organization, view(), at=at)
    batch = Batch.objects.get(organization=organization, received_at=at)
    Batch.objects.filter(pk=batch.pk).update(state=state, reason="why")
    return batch


def left(batch):
    batch.refresh_from_db()
    return bool(batch.payload)


@pytest.mark.django_db
def test_what_was_set_aside_before_the_first_day_kept_is_forgotten(acme, globex):
    Organization.objects.filter(pk=acme.pk).update(retention_days=5)
    old, new = set_aside(acme, EDGE - timedelta(seconds=1)), set_aside(acme, EDGE)
    waiting = set_aside(acme, EDGE - timedelta(days=9), "pending")
    kept = set_aside(globex, EDGE - timedelta(days=9))
    assert retention.forget(now=NOW) == 1
    assert [left(batch) for batch in (old, new, waiting, kept)] == [False, True, True, True]
    assert (old.state, new.reason) == ("rejected", "why")
    assert "received before 2026-03-05" in old.reason
    assert not groups.try_again(old)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.organization_slug) == ("batches.forgotten", "acme")
    assert entry.details == {"first_day_kept": "2026-03-05", "batches": 1}
    assert retention.forget(now=NOW) == 0


@pytest.mark.django_db
def test_the_row_of_a_forgotten_batch_goes_when_its_ids_are_forgotten(acme, monkeypatch):
    Organization.objects.filter(pk=acme.pk).update(retention_days=5)
    set_aside(acme, NOW - timedelta(days=9))
    there = []
    for days in (0, 15, 15.1):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + timedelta(days=days))
        tasks.purge()
        there += [[bool(batch.payload) for batch in Batch.objects.all()]]
        assert not [note for note in admin._batches(NOW) if "rejected" in note.text]
    assert there == [[False], [False], []]


@pytest.mark.django_db
def test_a_plan_bounds_it_as_well(acme):
    Organization.objects.update(plan="small")
    batch = set_aside(acme, NOW - timedelta(days=402))
    assert retention.forget(now=NOW) == 1
    assert not left(batch)
