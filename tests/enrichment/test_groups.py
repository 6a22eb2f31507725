"""Whose batches are stored next."""

from datetime import timedelta

import pytest

from enrichment import groups, storing
from enrichment.models import Batch, InsertGroup
from tests.enrichment.senders import LEASE, NOW, OWNER, send, stored, view, work
from warehouse.models import Day
from warehouse.tenancy.models import Organization

EXPIRED = NOW + LEASE + timedelta(seconds=1)
MANY = [view() for _ in range(10_000)]


def claim(at=NOW, owner=OWNER):
    return groups.claim(owner=owner, now=at, lease=LEASE)


def slugs(group):
    return [batch.organization.slug for batch in group.batches.order_by("position")]


def test_group_takes_organizations_in_turn(acme, globex):
    for _ in range(3):
        send(acme, view())
    send(globex, view())
    assert slugs(claim()) == ["acme", "globex", "acme", "acme"]


def test_group_holds_no_more_than_a_worker_has_memory_for(acme):
    for _ in range(4):
        send(acme, view())
    Batch.objects.update(size=groups.BYTES_LIMIT // 2)
    assert len(slugs(claim())) == 2


def test_backlog_of_one_organization_does_not_delay_another(acme, globex):
    for _ in range(30):
        send(acme, *MANY)
    group = claim()
    assert len(slugs(group)) == groups.ROWS_LIMIT // len(MANY)
    send(globex, view())
    assert slugs(claim(NOW + timedelta(seconds=1))) == ["globex"]
    groups.finish(group, now=NOW)
    for number in range(12):
        name = f"late-{number}"
        late = Organization.objects.create(slug=name, name=name)
        send(late, *MANY, at=NOW - timedelta(minutes=1))
    assert "acme" not in slugs(claim(NOW + timedelta(minutes=2))), "served since these wait"


def test_organization_stands_in_one_open_group(acme):
    send(acme, view())
    first = claim()
    send(acme, view())
    assert claim() is None
    groups.finish(first, now=NOW)
    assert slugs(claim()) == ["acme"]


def test_batches_of_an_organization_keep_their_order(acme):
    for number in range(5):
        send(acme, view(), at=NOW - timedelta(seconds=number))
    times = [batch.received_at for batch in claim().batches.order_by("position")]
    assert times == sorted(times)


def test_abandoned_group_is_taken_up_unchanged_after_its_lease(acme, globex):
    send(acme, view())
    first = claim()
    send(globex, view())
    assert slugs(claim(NOW + timedelta(seconds=1))) == ["globex"]
    again = claim(NOW + LEASE + timedelta(seconds=1))
    assert again.pk == first.pk
    assert again.attempt == 2


def test_renewed_group_is_not_taken_up(acme):
    send(acme, view())
    group = claim()
    groups.renew(group, now=NOW + timedelta(seconds=20), lease=LEASE)
    assert claim(NOW + LEASE + timedelta(seconds=1)) is None


def test_only_worker_takes_over_what_the_dead_one_had_at_once(acme):
    send(acme, view())
    first = claim()
    other = Organization.objects.get().pk
    groups.take_over(owner=OWNER, now=NOW)
    assert claim() is None, "its own groups go on"
    groups.take_over(owner=other, now=NOW)
    assert claim(owner=other).pk == first.pk


def test_due_says_whether_there_is_something_to_claim(acme):
    assert not groups.due(now=NOW)
    send(acme, view())
    assert groups.due(now=NOW)
    claim()
    assert not groups.due(now=NOW)
    assert groups.due(now=NOW + LEASE)


def test_single_batch_that_fails_too_often_is_set_aside(acme):
    send(acme, view())
    group = claim()
    InsertGroup.objects.update(deaths=groups.DEATHS_LIMIT)
    assert claim(NOW + 2 * LEASE) is None
    assert Batch.objects.get().state == "rejected"
    group.refresh_from_db()
    assert group.state == "split"


def test_worker_that_lost_its_group_cannot_finish_it(acme, clickhouse):
    send(acme, view(event_id="a"))
    frozen = groups.claim(owner=OWNER, now=NOW, lease=LEASE)
    assert frozen
    work(clickhouse, EXPIRED)
    with pytest.raises(groups.LostGroup):
        storing.store(frozen, clickhouse, clock=lambda: EXPIRED, lease=LEASE)
    assert stored(clickhouse, acme) == ["a"]
    assert Day.objects.get().rows == 1
