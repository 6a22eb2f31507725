"""No answer from before is given once a campaign is applied, of days that are over or of today."""

from datetime import timedelta

import pytest

from discovery.campaigns import campaigns
from reports.models import Job
from tests.discovery.builders import ALICE, asked, came, done, draft, question
from tests.enrichment.senders import NOW, send
from tests.reports.builders import submit
from warehouse import engine
from warehouse.cache.l1 import L1
from warehouse.custody.models import Errand

TODAY = {"time_range": {"start": "2026-03-10", "end": "2026-03-10"}}
PAST = {"time_range": {"start": "2026-03-01", "end": "2026-03-02"}}
BY = {"dimensions": ["campaign_id"]}
ALL_MARCH = {"time_range": {"start": "2026-03-01", "end": "2026-03-10"}}


def kept(station, organization, when):
    """The answer that a process of the web would find, having looked at none before."""
    query = question(station, organization, "query", **BY, **when)
    return engine.lookup(query, cache=L1(station.cache), now=station.now)


@pytest.mark.parametrize("when", [PAST, TODAY], ids=["past", "today"])
def test_what_was_kept_is_not_found_again(station, acme, when):
    send(acme, came(0), came(60 * 24 * 9 + 5))
    station.store()
    campaign = draft(acme, **ALL_MARCH)
    asked(station, acme, "query", **BY, **when)
    assert b"spring-sale" not in kept(station, acme, when).body
    for deed, there in (("apply", True), ("undo", False)):
        done(station, campaign, deed)
        assert kept(station, acme, when) is None
        asked(station, acme, "query", **BY, **when)
        assert (b"spring-sale" in kept(station, acme, when).body) is there


def test_a_job_that_may_have_read_before_is_waited_for(station, acme):
    send(acme, came(60 * 24 * 9 + 5))
    station.store()
    report = submit(acme, asked={"metrics": ["events"], **TODAY}, now=NOW)
    Job.objects.filter(pk=report.job_id).update(state="running", started_at=NOW)
    _, errand = campaigns.ask(draft(acme, **ALL_MARCH), "apply", by=ALICE, now=station.now)
    for _ in range(4):
        station.now += timedelta(seconds=5)
        station.runner().work_once()
        station.store()
    errand.refresh_from_db()
    assert (errand.state, errand.stage) == ("queued", "answers")
    Job.objects.update(state="failed")
    station.done(errand)


def test_of_today_what_processes_hold_for_seconds_is_waited_for(station, acme):
    send(acme, came(60 * 24 * 9 + 5))
    station.store()
    _, errand = campaigns.ask(draft(acme, **ALL_MARCH), "apply", by=ALICE, now=station.now)
    station.runner().work_once()
    station.store()
    station.now += timedelta(seconds=2)
    station.runner().work_once()
    errand = Errand.objects.get()
    assert errand.state == "queued"
    assert errand.run_after - station.now > timedelta(seconds=2)
    station.now += timedelta(seconds=4)
    station.runner().work_once()
    assert Errand.objects.get().state == "succeeded"
