"""Campaigns that go on are given events as they are stored, and give them back when undone."""

from datetime import timedelta

import pytest

from discovery.campaigns import campaigns, rule, standing
from discovery.models import Campaign
from enrichment import storing
from enrichment.models import InsertGroup
from tests.custody.test_visitor import right
from tests.discovery.builders import ALICE, NEWS, asked, came, done, draft, everything
from tests.enrichment.senders import LEASE, OWNER, send, stored
from warehouse.custody.models import Errand
from warehouse.exceptions import Conflict

LATER = 60 * 24 * 9


def given(station, organization):
    """The campaign of each event."""
    names, ids = (
        stored(station.clickhouse, organization, one) for one in ("campaign_id", "event_id")
    )
    return dict(zip(ids, names, strict=True))


def test_later_events_are_its_own_until_it_is_undone(station, acme, globex):
    send(acme, came(0, event_id="old"), came(LATER, event_id="stored-after-its-end"))
    station.store()
    campaign = draft(acme, ongoing=True)
    for deed in ("preview", "apply"):
        done(station, campaign, deed)
    assert campaign.preview
    assert campaign.moved
    assert campaign.moved["events"] == campaign.preview["events"] == 2
    late = [
        came(LATER + 5, event_id="new"),
        came(-5, event_id="too-early"),
        came(LATER + 6, event_id="other", source="direct"),
        came(LATER + 7, event_id="bot", user_agent="Googlebot/2.1"),
        came(LATER + 8, event_id="named", campaign_id="autumn"),
    ]
    send(acme, *late)
    send(globex, *late)
    station.store()
    assert given(station, acme) == {
        "old": "spring-sale", "stored-after-its-end": "spring-sale", "new": "spring-sale",
        "too-early": "", "other": "", "bot": "", "named": "autumn",
    }  # fmt: skip
    assert set(given(station, globex).values()) == {"", "autumn"}
    right(station, acme)
    where = {"period": "last_30_days", "dimensions": ["campaign_id"], "time_range": None}
    rows = asked(station, acme, "query", **where)["rows"]
    assert ["spring-sale", 3] in rows
    done(station, campaign, "undo")
    assert set(given(station, acme).values()) == {"", "autumn"}
    assert set(stored(station.clickhouse, acme, "campaign_assignment")) == {""}
    send(acme, came(LATER + 9, event_id="after"))
    station.store()
    assert given(station, acme)["after"] == ""
    right(station, acme)


def test_the_first_applied_has_what_two_would(station, acme):
    first, second = (draft(acme, name=name, ongoing=True) for name in ("First", "Second"))
    done(station, second, "apply")
    done(station, first, "apply")
    send(acme, came(LATER, event_id="a"))
    station.store()
    assert given(station, acme) == {"a": "second"}
    done(station, second, "undo")
    assert given(station, acme) == {"a": ""}, "what one gives back is not the other's"
    send(acme, came(LATER, event_id="b"))
    station.store()
    assert given(station, acme)["b"] == "first"


def test_of_two_that_overlap_the_first_has_the_events_and_the_other_what_is_left(station, acme):
    send(acme, came(0, event_id="both"), came(1, event_id="one", source="direct"))
    station.store()
    every = [{"field": "event_name", "operator": "eq", "value": "page_view"}]
    narrow, wide = draft(acme, name="Narrow"), draft(acme, name="Wide", filters=every)
    before = everything(station, acme)
    done(station, narrow, "apply")
    assert done(station, wide, "preview").preview["events"] == 1
    done(station, wide, "apply")
    assert given(station, acme) == {"both": "narrow", "one": "wide"}
    done(station, narrow, "undo")
    assert given(station, acme) == {"both": "", "one": "wide"}
    done(station, wide, "undo")
    assert everything(station, acme) == before


@pytest.mark.parametrize("step", ["event_ids", "analytics_events", "session_ranges"])
def test_a_group_that_is_stored_again_is_stored_the_same(station, acme, monkeypatch, step):
    """A worker dies before an insert or after it; meanwhile somebody asks for an undoing."""
    long = {"start": "2026-02-01", "end": "2026-03-01"}
    campaign = done(station, draft(acme, ongoing=True, time_range=long), "apply")
    send(acme, came(0, event_id="a"), came(-60 * 24, event_id="b"), came(3, event_id="c"))
    insert = type(station.clickhouse).insert

    class Died(BaseException):
        pass

    def dying(self, table, *args, **more):
        insert(self, table, *args, **more)
        if table == step:
            raise Died

    how = {"owner": OWNER, "clock": station.clock, "lease": LEASE, "rules": standing.of}
    with monkeypatch.context() as patch:
        patch.setattr(type(station.clickhouse), "insert", dying)
        with pytest.raises(Died):
            storing.work_once(station.clickhouse, **how)
    assert InsertGroup.objects.filter(state="open").exists()
    _, errand = campaigns.ask(campaign, "undo", by=ALICE, now=station.now)
    station.runner().work_once()
    assert Campaign.objects.get().ongoing_since is not None, "the group must end before"
    station.now += LEASE + timedelta(seconds=1)
    station.store()
    assert given(station, acme) == dict.fromkeys("abc", "spring-sale")
    station.done(errand)
    assert given(station, acme) == dict.fromkeys("abc", "")
    assert Errand.objects.filter(state="succeeded").count() == 2
    right(station, acme)


@pytest.mark.parametrize(
    "now",
    [
        {"filters": [{"field": "gone", "operator": "is_null"}]},
        {"filters": [{"field": "path", "operator": "matches", "value": "a"}]},
        {"filters": [{"field": "fraud_score", "operator": "gte", "value": 0}]},
        {"filters": [{"field": "events", "operator": "gte", "value": 0}]},
        {"filters": [{"field": "landing_page", "operator": "is_null"}]},
        {"timezone": "Europe/Atlantis"},
    ],
)
def test_a_rule_that_is_understood_no_more_stops_nothing(station, acme, caplog, now):
    first, other = (done(station, draft(acme, ongoing=True, name=n), "apply") for n in "ab")
    Campaign.objects.filter(pk=first.pk).update(**now)
    send(acme, came(0, event_id="a"))
    station.store()
    assert given(station, acme) == {"a": other.campaign_id}
    assert f"the rule of campaign {first.pk} is not understood" in caplog.text


@pytest.mark.parametrize("state", ["draft", "undone"])
def test_what_is_not_applied_does_not_stand(station, acme, state):
    campaign = done(station, draft(acme, ongoing=True), "apply")
    assert standing.of([str(acme.pk)])
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert not standing.of([str(acme.pk)])


def test_those_that_go_on_compare_little_together(station, acme, globex, monkeypatch):
    monkeypatch.setattr(rule, "MOST_STANDING", 4)
    three = {"not": {"or": [*NEWS] * 3}}
    wishes = {"three": three, "two": [*NEWS] * 2, "one": NEWS}
    made = {name: draft(acme, name=name, filters=wishes[name], ongoing=True) for name in wishes}
    done(station, draft(globex, filters=three, ongoing=True), "apply")
    done(station, draft(acme, name="past", filters=three), "apply")
    done(station, made["three"], "apply")
    with pytest.raises(Conflict) as refused:
        done(station, made["two"], "apply")
    assert "compare 2 times, and campaigns that go on compare 3 of at most 4" in str(refused.value)
    assert "undo one of these, or make a campaign that compares 1 times" in str(refused.value)
    assert [one.field for one in refused.value.errors] == ["filters"]
    done(station, made["one"], "apply")
    done(station, made["three"], "undo")
    done(station, made["two"], "apply")
