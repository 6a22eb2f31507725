"""Campaigns that name a visitor go with it: once, without its name, and while nothing is stored."""

import pytest

from discovery.campaigns import erasing
from discovery.models import Campaign
from enrichment.models import Lane
from tests.custody.test_deaths import die_twice
from tests.discovery.builders import came, done, draft
from tests.discovery.planted import discovered
from tests.enrichment.senders import NOW, send, stored
from warehouse.custody import orders
from warehouse.custody.models import Errand
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import AuditEntry

BOB = "bob@x.example"
ABOUT = [{"field": "visitor_id", "operator": "eq", "value": BOB}]


def erase(organization):
    return orders.erase_visitor(organization, BOB, actor=Actor("user:1", "alice"), now=NOW)


def test_a_rule_ceases_to_stand_while_the_lane_is_sealed(station, acme, monkeypatch):
    campaign = done(station, draft(acme, filters=ABOUT, ongoing=True), "apply")
    assert campaign.ongoing_since
    errand = erase(acme)
    sealed: list[object] = []
    remove = erasing.remove

    def removing(*args, **more):
        sealed.extend(Lane.objects.values_list("sealed_for", flat=True))
        remove(*args, **more)

    monkeypatch.setattr(erasing, "remove", removing)
    send(acme, came(0, BOB, event_id="a"), came(1, event_id="b"))
    station.done(errand)
    assert sealed == [errand.pk]
    assert not Campaign.objects.exists()
    assert stored(station.clickhouse, acme, "event_id") == ["b"]


def test_its_removal_is_on_record_once_and_without_its_name(station, acme, monkeypatch):
    discovered(acme, BOB, now=NOW)
    errand = erase(acme)
    with monkeypatch.context() as patch:
        patch.setattr(Campaign, "delete", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erasing.remove(acme.pk, BOB, now=NOW)
    assert not AuditEntry.objects.filter(action="campaign.removed").exists()
    die_twice(station, "campaigns")
    station.done(errand)
    [entry] = AuditEntry.objects.filter(action="campaign.removed")
    assert entry.details == {}
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("column", ["name", "campaign_id"])
def test_one_that_is_called_by_it_is_removed_as_well(acme, globex, column):
    for organization in (acme, globex):
        discovered(organization, **{"name": "n", "campaign_id": "i", column: BOB}, now=NOW)
    assert len(erasing.naming(acme.pk, BOB)) == 1
    erasing.remove(acme.pk, BOB, now=NOW)
    assert Campaign.objects.get().organization == globex


def test_receipts_do_not_tell_how_a_campaign_is_called(station, acme):
    campaign = done(station, draft(acme, name=BOB), "apply")
    told = Errand.objects.get(pk=campaign.errand).receipt
    assert told
    assert told["campaign"] == {"id": str(campaign.pk), "campaign_id": "bobxexample"}
