"""An organization that is erased is nowhere any more, its neighbours are untouched, and it is said.

What must be looked at is found by looking: every table of the store with an organization, every
model with one, every file below its folder.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

from enrichment import groups, sealing
from enrichment.models import Batch, Lane
from reports import tickets
from reports.models import Delivery, Job, Report, ReportEvent
from tests.enrichment.senders import NOW, OWNER, send, stored, view
from tests.reports.builders import submit
from tests.reports.outgoing import outgoing
from warehouse import costs
from warehouse.cache.entry import Entry
from warehouse.cache.keys import key
from warehouse.costs import Spent
from warehouse.custody import errands, orders, places, receipts, rows
from warehouse.custody.models import Errand
from warehouse.derived import removal
from warehouse.exceptions import AccessDenied, InvalidRequest
from warehouse.gateway.models import IdempotencyRecord
from warehouse.sql.statement import Statement
from warehouse.tenancy import keys
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import (
    AuditEntry,
    ErasedOrganization,
    Invitation,
    Membership,
    Organization,
)
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden import local

ACTOR = Actor("user:1", "alice")
BODY = b'{"rows":[]}'


def fill(station, organization, user):
    """Give an organization something in every place there is."""
    events = [
        view(event_id="a", event_time="2026-03-01T00:00:00Z"),
        view(event_time="2026-03-02T00:00:00Z", session_id="s", visitor_id="v2"),
        view(event_time="2026-02-02T00:00:00Z", event_name="purchase", conversion_value=5),
    ]
    send(organization, *events)
    station.store()
    send(organization, view(event_id="waiting"))
    submit(organization, now=NOW)
    station.answer()
    submit(organization, question="never answered", now=NOW)
    costs.store(str(organization.pk), [Spent(NOW.date(), "summer", 50)], now=NOW)
    outgoing(organization, now=NOW)
    keys.issue(organization, name="k", scopes=["reports:read"])
    Invitation.objects.create(
        organization=organization, email="x@example.com", role="viewer", digest=organization.slug,
        invited_by="user:1", expires_at=NOW,
    )  # fmt: skip
    IdempotencyRecord.objects.create(
        organization_id=organization.pk, route="/x", key="k", body_digest="", created_at=NOW
    )
    owner = str(organization.pk)
    kept = Entry(owner, BODY, '"e"', NOW, 600, 0)
    station.cache.put(key(owner, "question", 1), kept)
    caller = Principal(f"user:{user.pk}", organization.as_tenant(), frozenset())
    tickets.issue(caller)


def census(station, organization):
    """How much each place holds of an organization."""
    owner = str(organization.pk)
    tables = removal.tables(station.clickhouse)
    found = {name: removal.count(station.clickhouse, name, owner) for name in tables}
    found |= {model._meta.label: rows.of(model, owner).count() for model in rows.owned()}
    found["cache"] = station.cache.count(owner)
    found["tickets"] = len(tickets.given_in(organization.slug))
    return found


@pytest.fixture
def neighbours(each_station, acme, globex, alice, charlie, monkeypatch):
    """Two organizations that have something everywhere."""
    # However long the machine takes, tickets are gone because they were erased.
    monkeypatch.setattr(tickets, "LIFETIME_SECONDS", 600)
    fill(each_station, acme, alice)
    fill(each_station, globex, charlie)
    return acme, globex


def test_nothing_is_left_neighbours_are_untouched_and_a_receipt_proves_it(
    each_station, neighbours, results
):
    station = each_station
    acme, globex = neighbours
    before, others = census(station, acme), census(station, globex)
    empty = {name for name, count in before.items() if not count}
    # What was copied is erased by tests/bigquery, where there is something to copy to.
    copied = {"copying.Copy", "copying.CopiedDay"}
    assert empty <= {"reports.ResultFile"} | copied, "a test that erases nothing proves nothing"
    assert list(results.glob(f"{acme.pk}/**/*.parquet"))

    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    station.done(errand, storing=False)

    assert set(census(station, acme).values()) == {0}
    assert census(station, globex) == others
    assert not list(results.glob(f"{acme.pk}/**/*"))
    assert list(results.glob(f"{globex.pk}/**/*.parquet"))
    assert not Organization.objects.filter(slug="acme").exists()
    assert [row.pk for row in ErasedOrganization.objects.all()] == [acme.pk]
    proves(errand, before, removal.tables(station.clickhouse))
    tells(errand)


def proves(errand, before, tables):
    """Check that the receipt says what was there, that nothing is, and cannot be changed."""
    receipt = errand.receipt
    removed = {place["place"]: place["removed"] for place in receipt["places"]}
    assert {name: removed[f"clickhouse.{name}"] for name in tables} == {
        name: before[name] for name in tables
    }
    for model in set(rows.owned()) - {ReportEvent}:  # a cancelled report is one event more
        assert removed[f"database.{model._meta.db_table}"] <= before[model._meta.label]
    assert removed["database.enrichment_batch"] == before["enrichment.Batch"]
    assert (removed["cache"], removed["tickets"]) == (before["cache"], before["tickets"])
    assert removed["results"] == 1
    assert receipt["left"] == 0
    assert {place["left"] for place in receipt["places"]} == {0}
    assert receipt["asked_by"] == {"subject": "user:1", "name": "alice"}
    assert receipts.digest(receipt) == errand.receipt_sha256
    assert receipts.digest(receipt | {"removed": 0}) != errand.receipt_sha256


def tells(errand):
    """Check that the audit log says who had what erased."""
    found = AuditEntry.objects.filter(organization_id=errand.organization_id).order_by("at")
    entries = list(found.exclude(action__startswith="key."))
    assert [one.action for one in entries] == ["organization.erasure_asked", "organization.erased"]
    assert {(one.organization_slug, one.actor, one.target) for one in entries} == {
        ("acme", "user:1", str(errand.pk))
    }
    assert entries[1].details["receipt_sha256"] == errand.receipt_sha256


def test_every_model_is_erased_or_said_to_outlive():
    """A model that names an organization in any way is either deleted or meant to stay."""
    told = {*rows.owned(), *rows.OUTLIVE}
    for model in apps.get_models():
        named = [field for field in model._meta.concrete_fields if "organization" in field.attname]
        assert not named or model in told, model


def test_rows_that_others_need_go_after_them():
    order = rows.owned()
    assert order.index(ReportEvent) < order.index(Report) < order.index(Job)
    assert order[-1] is Organization


def test_asking_suspends_at_once_and_stops_what_is_under_way(station, acme, alice):
    _, token = keys.issue(acme, name="k", scopes=["reports:read"])
    submit(acme, now=NOW)
    visitor = orders.erase_visitor(acme, "v1", actor=ACTOR, now=NOW)
    orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    with pytest.raises(AccessDenied):
        local.LocalWarden().authenticate(token)
    with pytest.raises(AccessDenied):
        local.for_user(alice)
    visitor.refresh_from_db()
    assert visitor.state == "failed"
    assert not errands.due(now=NOW), "whoever still remembers the organization has time to forget"
    station.now += orders.SETTLING
    assert station.runner().work_once()
    assert Job.objects.filter(state="cancelled").exists() or not Job.objects.exists()


def test_the_slug_must_be_typed(acme):
    for typed in ("", "Acme", "globex"):
        with pytest.raises(InvalidRequest):
            orders.erase_organization(acme, confirmation=typed, actor=ACTOR, now=NOW)
    acme.refresh_from_db()
    assert acme.suspended_at is None
    assert not Errand.objects.exists()


def test_asking_again_is_the_same_erasure(acme):
    first = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    again = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    assert first == again


def test_queued_events_are_dropped_and_an_open_insert_group_is_waited_for(station, acme):
    send(acme, view())
    group = groups.claim(owner=OWNER, now=station.now, lease=timedelta(minutes=5))
    assert group
    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    station.now += orders.SETTLING
    station.runner().work_once()
    errand.refresh_from_db()
    assert errand.stage == "waiting for what is under way"
    assert Batch.objects.exists()
    groups.put_off(group, now=station.now)
    send(acme, view())
    station.done(errand)
    assert not Batch.objects.exists()
    assert stored(station.clickhouse, acme) == []


def test_a_message_that_is_being_sent_is_waited_for(station, acme):
    sent = outgoing(acme, now=NOW)
    Delivery.objects.update(state="sending", lease_until=NOW + timedelta(minutes=2))
    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    station.now += orders.SETTLING
    station.runner().work_once()
    errand.refresh_from_db()
    assert errand.stage == "waiting for what is under way"
    assert Delivery.objects.filter(pk=sent.pk).exists()
    Delivery.objects.update(state="delivered", lease_until=None, due_at=None, finished_at=NOW)
    station.done(errand)
    assert not Delivery.objects.exists()


def test_what_comes_late_is_removed_as_well(station, acme, monkeypatch):
    """A process that still remembers the organization writes when its rows are gone already."""
    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    verify = places.verify
    late: list[IdempotencyRecord] = []

    def written(task, everywhere):
        if not late:
            late.append(
                IdempotencyRecord.objects.create(
                    organization_id=acme.pk, route="/x", key="k", body_digest="", created_at=NOW
                )
            )
        verify(task, everywhere)

    monkeypatch.setattr(places, "verify", written)
    receipt = station.done(errand).receipt
    assert not IdempotencyRecord.objects.exists()
    removed = {place["place"]: place["removed"] for place in receipt["places"]}
    assert removed["database.gateway_idempotencyrecord"] == 1


def test_people_stay_unless_asked(station, acme, globex, alice, charlie, django_user_model):
    Membership.objects.create(user=charlie, organization=acme, role="viewer")
    boss = django_user_model.objects.create_superuser("boss", password="boss-password")
    Membership.objects.create(user=boss, organization=acme, role="admin")
    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW, users=True)
    receipt = station.done(errand).receipt
    names = set(get_user_model().objects.values_list("username", flat=True))
    assert names == {"charlie", "boss"}
    assert {"place": "people", "unit": "people", "removed": 1, "left": 0} in receipt["places"]


def test_people_stay(station, acme, alice):
    station.done(orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW))
    assert get_user_model().objects.filter(username="alice").exists()


def test_an_organization_without_anything_is_erased(station, acme):
    errand = station.done(
        orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    )
    assert errand.receipt["left"] == 0


def test_every_table_names_an_organization_or_holds_nobodys_data(clickhouse):
    text = "SELECT name FROM system.tables WHERE database = 'trellis' AND engine LIKE '%MergeTree'"
    names = {name for (name,) in clickhouse.run(Statement(text), tag="test").rows}
    assert names - set(removal.tables(clickhouse)) == {"schema_migrations"}


@pytest.mark.parametrize("gone", [False, True])
def test_an_erasure_that_failed_goes_on(station, acme, gone):
    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    Errand.objects.update(state="failed", memory={"places": {}, "done": []})
    if gone:
        acme.delete()
        broken = orders.broken_off("acme")
        assert broken == errand
        orders.go_on(broken, now=NOW)
    else:
        assert orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW) == errand
    station.done(errand)
    assert orders.broken_off("acme") is None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sealed_for_an_organization_that_is_gone(acme):
    errand = orders.erase_organization(acme, confirmation="acme", actor=ACTOR, now=NOW)
    Organization.objects.filter(pk=acme.pk).delete()
    assert sealing.seal(errand)
    assert not Lane.objects.exists()
