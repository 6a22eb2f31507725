"""What is answered about events as they would be is what is answered once they are so."""

from dataclasses import replace
from typing import Any

import pytest

from discovery.campaigns import rule
from tests.discovery.builders import NEWS, asked, bought, came, done, draft
from tests.enrichment.senders import send
from warehouse.language.parse import parse_query
from warehouse.planner.plan import plan

CLOCK = {"field": "hour_of_day", "operator": "between", "values": [0, 3]}
NOBODYS = {"field": "campaign_id", "operator": "is_null"}
BY = ["campaign_id"]
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "rollups": ("query", {"dimensions": BY, "metrics": ["events", "visitors", "revenue"]}),
    "filtered": (
        "query",
        {"dimensions": ["path", "weekday"], "filters": [NOBODYS]},
    ),
    "visits": ("query", {"dimensions": BY, "metrics": ["sessions", "bounce_rate"]}),
    "campaigns": ("campaigns", {"granularity": "day", "filters": NEWS}),
    "credit": ("attribution", {"dimension": "campaign_id", "filters": [CLOCK]}),
    "journeys": ("journeys", {"dimension": "campaign_id"}),
    "funnel": (
        "funnel",
        {"steps": [{"event": None, "filters": NEWS}, "purchase"], "breakdown": BY},
    ),
    "cohorts": ("cohorts", {"cohort_type": "daily", "breakdown": BY, "filters": [CLOCK]}),
}  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_every_kind_of_question_is_answered_alike(station, acme, zone):
    type(acme).objects.update(timezone=zone)
    acme.refresh_from_db()
    send(
        acme, came(0), bought(10), came(30, "v2", campaign_id="autumn"), bought(45, "v2"),
        came(60 * 30, "v3", source="direct"), bought(60 * 50, "v3"), came(60 * 51, "v1"),
        came(9, "v4", user_agent="Googlebot/2.1"),
    )  # fmt: skip
    station.store()
    campaign = draft(acme, filters=[*NEWS, CLOCK], timezone=zone)
    supposed = rule.supposed(campaign, campaign.end)
    would = {
        name: asked(station, acme, kind, supposed=supposed, **body)["rows"]
        for name, (kind, body) in QUESTIONS.items()
    }
    done(station, campaign, "apply")
    assert would == {
        name: asked(station, acme, kind, **body)["rows"] for name, (kind, body) in QUESTIONS.items()
    }
    assert campaign.moved
    assert campaign.moved["events"] == {"UTC": 5, "Europe/Berlin": 4}[zone]


def test_nothing_but_events_can_be_supposed(station, acme):
    campaign = draft(acme)
    query = parse_query(
        {"dimensions": BY, "metrics": ["events", "sessions"]},
        organization=str(acme.pk), timezone="UTC", now=station.now,
    )  # fmt: skip
    assert {one.table.name for one in plan(query).branches} != {"events", "visits"}
    supposed = rule.supposed(campaign, campaign.end)
    asked_about = plan(replace(query, supposed=supposed))
    assert {one.table.name for one in asked_about.branches} == {"events", "visits"}
