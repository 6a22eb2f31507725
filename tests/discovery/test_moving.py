"""A campaign that is applied has exactly the events of its rule, everywhere; undone, none has."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discovery.campaigns import campaigns
from discovery.campaigns.moving import Rooms
from discovery.campaigns.preview import preview
from discovery.models import Campaign
from enrichment import sealing
from tests.custody.stations import take
from tests.custody.test_visitor import right
from tests.discovery.builders import (
    ALICE,
    NEWS,
    answers,
    asked,
    bought,
    came,
    done,
    draft,
    everything,
)
from tests.enrichment.senders import NOW, send, stored
from warehouse.custody.runner import Task
from warehouse.tenancy.models import AuditEntry, Organization

FIGURES = {"events": 3, "visitors": 2, "conversions": 1, "revenue": "25"}


def sent():
    """Some are of the rule, some are somebody else's, a bot's, or of another time."""
    return [
        came(0, event_id="a"),
        bought(10, event_id="b", value=25),
        came(20, "v2", event_id="c", campaign_id="autumn"),
        bought(30, "v2", event_id="d", source="direct", value=5),
        came(40, "v3", event_id="e", user_agent="Googlebot/2.1"),
        came(60 * 24 * 2, "v3", event_id="f", session_id="s"),
        bought(60 * 24 * 3, "v3", event_id="g", session_id="s", source="direct"),
        came(60 * 24 * 9, "v1", event_id="h"),
        came(-1, "v4", event_id="i"),
    ]


def test_on_both_engines_events_move_and_come_back(each_station, acme):
    station = each_station
    send(acme, *sent())
    station.store()
    rows = everything(station, acme)
    campaign = done(station, draft(acme), "preview")
    assert campaign.preview
    assert done(station, campaign, "apply").moved == FIGURES
    assert campaign.preview["events"] == FIGURES["events"]
    right(station, acme)
    done(station, campaign, "undo")
    assert everything(station, acme) == rows


def test_events_of_the_rule_move_and_every_answer_shows_it(station, acme, globex):
    for organization in (acme, globex):
        send(organization, *sent())
    station.store()
    others = everything(station, globex)
    before, rows = answers(station, acme), everything(station, acme)
    campaign = done(station, draft(acme), "apply")
    assert campaign.state == "applied"
    assert campaign.moved == FIGURES
    given = dict(
        zip(
            stored(station.clickhouse, acme),
            stored(station.clickhouse, acme, "campaign_id"),
            strict=True,
        )
    )
    assert {name for name, value in given.items() if value == "spring-sale"} == {"a", "b", "f"}
    assert given["c"] == "autumn"
    right(station, acme)
    shown = answers(station, acme)
    assert ["spring-sale", 3, 2, 25.0] in shown["rollup"]
    assert ["spring-sale", 2] in shown["sessions"]
    [credit] = [row for row in shown["credit"] if row[:2] == ["spring-sale", "last_touch"]]
    assert credit[2:4] == [2, 35]
    assert shown["others"] == before["others"]
    assert done(station, campaign, "undo").state == "undone"
    assert everything(station, acme) == rows
    assert answers(station, acme) == before
    right(station, acme)
    assert everything(station, globex) == others
    actions = AuditEntry.objects.filter(target=f"campaign:{campaign.pk}").order_by("at", "pk")
    assert [entry.action.removeprefix("campaign.") for entry in actions] == [
        "created", "apply_asked", "applied", "undo_asked", "undone",
    ]  # fmt: skip


def test_what_is_previewed_is_what_moves_and_what_a_query_counts(station, acme):
    send(acme, *sent())
    station.store()
    before = asked(station, acme, "attribution", dimension="campaign_id", models=["last_touch"])
    campaign = done(station, draft(acme), "preview")
    assert campaign.state == "draft"
    told = campaign.preview
    unattributed = {"field": "campaign_id", "operator": "is_null"}
    [counted] = asked(
        station, acme, "query",
        metrics=["events", "visitors", "conversions", "revenue"],
        filters=[*campaign.filters, unattributed],
    )["rows"]  # fmt: skip
    figures = [told[name] for name in ("events", "visitors", "conversions")]
    assert [*figures, float(told["revenue"])] == counted
    done(station, campaign, "apply")
    assert campaign.moved == {name: told[name] for name in campaign.moved}
    after = asked(station, acme, "attribution", dimension="campaign_id", models=["last_touch"])
    had, has = ({row[0]: row[2:4] for row in found["rows"]} for found in (before, after))
    assert told["campaigns_left_out"] == 0
    for one in told["campaigns"]:
        name, gain = one["campaign_id"], (float(one["conversions"]), float(one["revenue"]))
        old, new = had.get(name, [0, 0]), has.get(name, [0, 0])
        assert gain == (new[0] - old[0], new[1] - old[1])
    assert {one["campaign_id"]: one["events"] for one in told["campaigns"]} == {
        None: -3,
        "spring-sale": 3,
    }


def test_of_more_campaigns_than_a_page_shows_none_is_told_that_does_not_change(station, acme):
    others = [
        bought(
            1, f"u{number}", value=9, source="ads", campaign_id=f"c{number}", event_id=f"o{number}"
        )
        for number in range(1001)
    ]
    send(acme, *others, came(5), bought(6, value=7, source="direct"))
    station.store()
    told = done(station, draft(acme), "preview").preview
    assert told["campaigns_left_out"] == 0
    assert {(one["campaign_id"], one["revenue"]) for one in told["campaigns"]} == {
        (None, "-7"),
        ("spring-sale", "7"),
    }


def test_nothing_is_stored_while_a_preview_looks(station, acme):
    send(acme, came(5))
    station.store()
    campaigns.ask(draft(acme), "preview", by=ALICE, now=station.now)
    held: list[object] = []

    def look(errand):
        held.append(sealing.seal(errand))
        send(acme, came(6))
        station.store()
        held.append(len(stored(station.clickhouse, acme)))
        return True

    station.now += timedelta(seconds=1)
    claimed = take(station)
    task = Task(claimed, lambda: None, lambda: station.now)
    preview(
        task,
        Campaign.objects.get(),
        Rooms(station.clickhouse, look, sealing.release, lambda *_: None),
    )
    assert held == [True, 1]
    station.store()
    assert len(stored(station.clickhouse, acme)) == 2


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 9 * 24 * 60), st.sampled_from(["v1", "v2", "v3"]),
        st.sampled_from(["news", "direct", "google"]), st.sampled_from(["", "", "autumn"]),
        st.sampled_from(["", "s1"]), st.sampled_from([None, 5, 7.25]),
    ),
    min_size=1, max_size=25,
)  # fmt: skip
RULES = st.sampled_from(
    [
        NEWS,
        {"or": [*NEWS, {"field": "hour_of_day", "operator": "lt", "value": 9}]},
        {"not": {"field": "event_date", "operator": "in", "values": ["2026-03-02", "2026-03-05"]}},
        [{"field": "visitor_id", "operator": "in", "values": ["v1", "v3"]},
         {"field": "conversion_value", "operator": "lte", "value": 5}],
    ]
)  # fmt: skip


@pytest.mark.django_db
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS, rule=RULES, zone=st.sampled_from(["UTC", "America/New_York"]))
def test_whatever_was_sent_the_preview_holds_and_undoing_restores(station, events, rule, zone):
    station.now = NOW
    organization = Organization.objects.create(
        slug=f"o{Organization.objects.count()}-m", timezone=zone
    )
    wanted = [
        (bought if value else came)(
            minutes, who, source=source,
            **{"campaign_id": campaign} if campaign else {},
            **{"session_id": session} if session else {},
            **{"value": value} if value else {},
        )
        for minutes, who, source, campaign, session, value in events
    ]  # fmt: skip
    send(organization, *wanted)
    station.store()
    credit = {"dimension": "campaign_id", "models": ["last_touch"]}
    before = everything(station, organization)
    had = credited(asked(station, organization, "attribution", **credit))
    campaign = done(station, draft(organization, filters=rule), "preview")
    done(station, campaign, "apply")
    assert campaign.preview
    assert campaign.moved
    assert campaign.moved == {name: campaign.preview[name] for name in campaign.moved}
    right(station, organization)
    has = credited(asked(station, organization, "attribution", **credit))
    changed = {
        name: tuple(
            new - old for new, old in zip(has.get(name, (0, 0)), had.get(name, (0, 0)), strict=True)
        )
        for name in {*had, *has}
    }
    told = {
        one["campaign_id"]: (Decimal(one["conversions"]), Decimal(one["revenue"]))
        for one in campaign.preview["campaigns"]
    }
    assert {name: one for name, one in told.items() if any(one)} == {
        name: one for name, one in changed.items() if any(one)
    }
    done(station, campaign, "undo")
    assert everything(station, organization) == before
    right(station, organization)


def credited(answer):
    return {row[0]: (Decimal(str(row[2])), Decimal(str(row[3]))) for row in answer["rows"]}
