"""Erased is erased in BigQuery too, and proven; out of reach, nothing is claimed."""

from datetime import date, timedelta

import pytest

from tests.bigquery.test_copying import MARCH_1, here, there
from tests.enrichment.senders import send, view
from warehouse.copying.models import CopiedDay, Copy
from warehouse.copying.rounds import staging
from warehouse.custody import orders
from warehouse.schema.copied import COPIED
from warehouse.sql import bigquery
from warehouse.tenancy.audit import Actor

ACTOR = Actor("user:1", "alice")


@pytest.fixture
def copied(station, acme, globex):
    """Two organizations with two visitors each, copied."""
    for one in (acme, globex):
        send(
            one,
            view(event_id=f"{one.slug}-1", event_time=MARCH_1),
            view(event_id=f"{one.slug}-2", event_time=MARCH_1, visitor_id="v2"),
            view(event_id=f"{one.slug}-3", event_time="2026-03-03T10:00:00Z"),
        )
    station.store()
    station.copy()
    return station


def place(errand, name):
    """What the receipt says of a place."""
    return next(one for one in errand.receipt["places"] if one["place"] == name)


def test_a_visitor_is_erased_there_and_the_days_are_copied_anew(copied, service, acme, globex):
    before = there(service, globex)
    errand = copied.done(orders.erase_visitor(acme, "v1", actor=ACTOR, now=copied.now))
    assert place(errand, "bigquery.analytics_events") == {
        "place": "bigquery.analytics_events", "unit": "rows", "removed": 2, "left": 0,
    }  # fmt: skip
    assert [row[1] for row in there(service, acme)] == ["v2"]
    copied.copy()
    assert there(service, acme) == here(copied, acme)
    assert there(service, globex) == before


def test_an_organization_is_erased_there(copied, service, acme, globex):
    before = there(service, globex)
    errand = copied.done(
        orders.erase_organization(acme, confirmation=acme.slug, actor=ACTOR, now=copied.now)
    )
    assert place(errand, "bigquery.analytics_events")["removed"] == 3
    assert place(errand, "bigquery.staging")["left"] == 0
    assert any("time travel" in line for line in errand.receipt["kept"])
    assert there(service, acme) == []
    assert there(service, globex) == before
    assert not Copy.objects.filter(organization_id=acme.pk).exists()
    assert not CopiedDay.objects.filter(organization_id=acme.pk).exists()
    copied.copy()
    assert there(service, acme) == []
    assert copied.copier.bigquery.tables("staging") == []


def test_nothing_is_claimed_while_bigquery_is_out_of_reach(copied, service, acme):
    errand = orders.erase_organization(acme, confirmation=acme.slug, actor=ACTOR, now=copied.now)
    service.failing = 1_000_000
    for _ in range(8):
        copied.now += timedelta(minutes=6)
        copied.runner().work_once()
    errand.refresh_from_db()
    assert (errand.state, errand.receipt) == ("queued", None)
    assert errand.error is not None
    assert errand.error["detail"].startswith("BigQuery: ")
    assert len(there(service, acme)) == 3
    service.failing = 0
    assert place(copied.done(errand), "bigquery.analytics_events")["removed"] == 3
    assert there(service, acme) == []


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_copied_is_not_forgotten_when_bigquery_is_switched_off(
    copied, service, acme, whole
):
    if whole:
        errand = orders.erase_organization(
            acme, confirmation=acme.slug, actor=ACTOR, now=copied.now
        )
    else:
        errand = orders.erase_visitor(acme, "v1", actor=ACTOR, now=copied.now)
    copier, copied.copier = copied.copier, None
    for _ in range(8):
        copied.now += timedelta(minutes=6)
        copied.runner().work_once()
        copied.store()
    errand.refresh_from_db()
    assert errand.state == "queued"
    assert errand.error is not None
    assert "a-project.copies" in errand.error["detail"]
    assert "TRELLIS_BIGQUERY_URL" in errand.error["detail"]
    copied.copier = copier
    assert place(copied.done(errand), "bigquery.analytics_events")["left"] == 0


def test_what_was_about_to_be_published_when_it_was_erased_never_is(copied, service, source, acme):
    """A worker that wakes late holds a fence that was passed by."""
    late = Copy.objects.get(organization_id=acme.pk).fence
    service.base.execute("CREATE TABLE copies.late AS FROM copies.analytics_events")
    copied.done(
        orders.erase_organization(acme, confirmation=acme.slug, actor=ACTOR, now=copied.now)
    )
    for day in (date(2026, 3, 1), date(2026, 3, 3)):
        source.run(bigquery.publish(str(acme.pk), day, late, "late", COPIED.names))
    assert there(service, acme) == []


def test_tables_aside_are_erased_as_well(copied, service, acme):
    name = staging(str(acme.pk), 1, date(2026, 3, 1))
    service.base.execute(f"CREATE TABLE copies.{name} AS FROM copies.analytics_events")
    errand = copied.done(orders.erase_visitor(acme, "v1", actor=ACTOR, now=copied.now))
    assert place(errand, "bigquery.staging")["removed"] == 1
    assert copied.copier.bigquery.tables("staging") == []
