"""Whoever dies between any two steps of applying or undoing, the next worker ends it the same."""

from datetime import timedelta

import pytest
from django.db.models import F

from discovery.campaigns import campaigns, moving
from discovery.campaigns.moving import Move, Rooms
from discovery.models import Campaign
from enrichment import sealing
from tests.custody.stations import take
from tests.custody.test_deaths import die_twice
from tests.custody.test_visitor import right
from tests.discovery.builders import ALICE, answers, bought, came, done, draft, everything
from tests.enrichment.senders import send, stored
from warehouse import days
from warehouse.custody.models import Errand
from warehouse.custody.runner import Task
from warehouse.sql.statement import Statement

LONG = {"start": "2026-02-01", "end": "2026-03-09"}
STEPS = {
    "apply": (
        *("looking", "marking days", "rollups", "events of 2026-02", "events of 2026-03"),
        *("counting", "going on", "answers"),
    ),
    "undo": ("going on", "looking", "rollups", "events of 2026-02", "answers"),
}
"""Where workers die, in the order in which an errand gets there."""


@pytest.mark.parametrize("deed", STEPS)
def test_deaths_before_and_after_any_step_change_nothing_in_the_end(station, acme, deed):
    send(acme, came(-60 * 24), bought(5, value=3), came(9, "v2", source="direct"))
    station.store()
    before = everything(station, acme)
    campaign = draft(acme, time_range=LONG, ongoing=True)
    if deed == "undo":
        done(station, campaign, "apply")
    _, errand = campaigns.ask(campaign, deed, by=ALICE, now=station.now)
    for stage in STEPS[deed]:
        die_twice(station, stage)
    station.done(errand)
    campaign.refresh_from_db()
    right(station, acme)
    names = stored(station.clickhouse, acme, "campaign_id")
    if deed == "apply":
        assert names == ["spring-sale", "spring-sale", ""]
        assert campaign.moved == {"events": 2, "visitors": 1, "conversions": 1, "revenue": "3"}
        assert (campaign.state, campaign.ongoing_since is None) == ("applied", False)
    else:
        assert everything(station, acme) == before
        assert (campaign.state, campaign.ongoing_since) == ("undone", None)


def test_what_a_broken_apply_has_moved_is_undone_or_gone_on_with(station, acme):
    send(acme, came(-60 * 24), came(5))
    station.store()
    before = everything(station, acme)
    campaign = draft(acme, time_range=LONG)
    _, errand = campaigns.ask(campaign, "apply", by=ALICE, now=station.now)
    die_twice(station, "events of 2026-02")
    Errand.objects.update(state="failed")
    station.store()
    assert stored(station.clickhouse, acme, "campaign_id") == ["spring-sale", ""]
    right(station, acme)
    done(station, campaign, "undo")
    assert everything(station, acme) == before
    _, errand = campaigns.ask(campaign, "apply", by=ALICE, now=station.now)
    station.now += timedelta(seconds=1)
    die_twice(station, "events of 2026-02")
    Errand.objects.filter(pk=errand.pk).update(state="failed")
    assert done(station, campaign, "apply").moved["events"] == 2
    right(station, acme)


@pytest.mark.parametrize("then", ["apply", "undo"])
@pytest.mark.parametrize("broken", ["apply", "undo"])
def test_what_follows_a_broken_deed_leaves_answers_as_if_it_had_not_broken(
    station, acme, broken, then
):
    days_of_both = (-60 * 24, 5, 60 * 24)
    send(acme, *(came(at) for at in days_of_both))
    send(acme, *(came(at, "v2", source="direct") for at in days_of_both))
    station.store()
    expected = {"undo": answers(station, acme)}
    campaign = draft(acme, time_range=LONG)
    done(station, campaign, "apply")
    expected["apply"] = answers(station, acme)
    if broken == "apply":
        done(station, campaign, "undo")
    _, errand = campaigns.ask(campaign, broken, by=ALICE, now=station.now)
    station.now += timedelta(seconds=1)
    die_twice(station, "events of 2026-03")
    Errand.objects.filter(pk=errand.pk).update(state="failed")
    station.store()  # mending counts the days anew that were marked
    done(station, campaign, then)
    assert answers(station, acme) == expected[then]


def test_a_change_that_outlived_its_errand_is_ended_before_another_begins(station, acme):
    send(acme, came(5))
    station.store()
    before = everything(station, acme)
    campaign = draft(acme)
    _, errand = campaigns.ask(campaign, "apply", by=ALICE, now=station.now)
    errand.state = "failed"
    errand.save()
    Campaign.objects.update(state="applying")
    owner = str(acme.pk)
    late = Statement(
        "ALTER TABLE trellis.analytics_events UPDATE campaign_id = 'spring-sale',"
        " campaign_assignment = {mine:String} WHERE organization_id = {id:String}"
        " AND sleepEachRow(2) = 0 SETTINGS mutations_sync = 0",
        {"id": owner, "mine": str(campaign.pk)},
        (owner,),
    )
    station.clickhouse.command(late, tag="late")
    done(station, campaign, "undo")
    left = "SELECT count() FROM system.mutations WHERE NOT is_done"
    assert station.clickhouse.run(Statement(left, {}), tag="test").rows == [(0,)]
    assert everything(station, acme) == before


def test_who_was_taken_for_dead_lets_no_campaign_go_on(station, acme):
    campaign = draft(acme, ongoing=True)
    _, errand = campaigns.ask(campaign, "apply", by=ALICE, now=station.now)
    station.now += timedelta(seconds=1)
    rooms = Rooms(station.clickhouse, sealing.seal, sealing.release, lambda *_: None)
    stalled = Move(Task(take(station), lambda: None, lambda: station.now), campaign, rooms)
    Errand.objects.filter(pk=errand.pk).update(attempt=F("attempt") + 1)
    moving._go_on(stalled, station.now)
    campaign.refresh_from_db()
    assert campaign.ongoing_since is None


def test_what_trying_again_does_not_help_ends_at_once(station, acme):
    send(acme, came(5))
    station.store()
    campaign = draft(acme)
    unknown = [{"field": "no_such_field", "operator": "eq", "value": "x"}]
    Campaign.objects.update(filters=unknown)
    for deed in ("preview", "apply"):
        _, errand = campaigns.ask(campaign, deed, by=ALICE, now=station.now)
        station.now += timedelta(seconds=1)
        station.runner().work_once()
        errand.refresh_from_db()
        assert errand.error
        assert (errand.state, errand.error["code"]) == ("failed", "invalid-request")
    send(acme, came(6))
    station.store()
    assert stored(station.clickhouse, acme, "campaign_id") == ["", ""]


def test_of_a_campaign_that_is_gone_nothing_is_done(station, acme):
    send(acme, came(5))
    station.store()
    campaign = draft(acme)
    _, errand = campaigns.ask(campaign, "apply", by=ALICE, now=station.now)
    campaign.delete()
    station.done(errand)
    assert errand.receipt == {"version": 1, "errand": str(errand.pk), "campaign": None}
    assert stored(station.clickhouse, acme, "campaign_id") == [""]


def test_a_preview_waits_until_days_are_rolled_up(station, acme):
    send(acme, came(5))
    station.store()
    campaign = draft(acme)
    _, errand = campaigns.ask(campaign, "preview", by=ALICE, now=station.now)
    days.mark(str(acme.pk), [station.now.date().replace(day=1)])
    station.now += timedelta(seconds=1)
    station.runner().work_once()
    errand.refresh_from_db()
    assert (errand.state, errand.error, errand.failures) == ("queued", None, 0)
    station.done(errand)
    assert errand.receipt
    assert errand.receipt["moved"]["events"] == 1
