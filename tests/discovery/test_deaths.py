"""Whoever dies between any two steps of applying or undoing, the next worker ends it the same."""

from datetime import timedelta

import pytest

from discovery.campaigns import campaigns
from tests.custody.test_deaths import die_twice
from tests.custody.test_visitor import right
from tests.discovery.builders import ALICE, bought, came, done, draft, everything
from tests.enrichment.senders import send, stored
from warehouse import days
from warehouse.custody.models import Errand

LONG = {"start": "2026-02-01", "end": "2026-03-09"}
STEPS = {
    "apply": (
        *("looking", "marking days", "events of 2026-02", "events of 2026-03", "counting"),
        *("rollups", "going on", "answers"),
    ),
    "undo": ("going on", "looking", "events of 2026-02", "rollups", "answers"),
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
