"""Small parts for tests of campaigns: one that is drafted, what is asked, what the store holds."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from discovery.campaigns import campaigns
from discovery.models import Campaign
from reports.kinds import KINDS
from tests.enrichment.senders import NOW, view
from warehouse import engine
from warehouse.sql.statement import Statement
from warehouse.tenancy.audit import Actor

ALICE = Actor("user:1", "alice")
MARCH = {"start": "2026-03-01", "end": "2026-03-09"}
NEWS = [{"field": "source", "operator": "eq", "value": "news"}]


def draft(organization, **given) -> Campaign:
    """Return a campaign of March: whoever came from `news`."""
    wish = {"name": "Spring sale", "filters": NEWS, "time_range": MARCH, **given}
    return campaigns.create(organization.as_tenant(), wish, by=ALICE, now=NOW)


def done(station, campaign, deed):
    """Have a deed done to a campaign, and return the campaign as it is then."""
    station.now += timedelta(seconds=1)
    _, errand = campaigns.ask(campaign, deed, by=ALICE, now=station.now)
    station.done(errand)
    campaign.refresh_from_db()
    return campaign


def came(minutes, visitor="v1", source="news", **more):
    """An event so many minutes after the first of March began."""
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    return view(event_time=at.isoformat(), visitor_id=visitor, source=source, **more)


def bought(minutes, visitor="v1", value=10, **more):
    """A purchase."""
    more = {"event_name": "purchase", "conversion_value": value, **more}
    return came(minutes, visitor, **more)


def question(station, organization, kind, **body):
    """What is asked by a body, of March unless it says otherwise."""
    return KINDS[kind].parse(
        {"time_range": MARCH, **body},
        tenant=organization.as_tenant(),
        now=station.now,
        max_limit=1000,
    )


def asked(station, organization, kind, supposed=None, **body):
    """The rows that a question is answered by, as an asker would get them now."""
    query = question(station, organization, kind, **body)
    answer = engine.run(
        replace(query, supposed=supposed),
        clickhouse=station.clickhouse,
        cache=station.cache,
        now=station.now,
        tag="test",
        timeout_seconds=30,
    )
    return json.loads(answer.body)


def everything(station, organization):
    """Every column of every event, in one order."""
    owner = str(organization.pk)
    text = (
        "SELECT * FROM trellis.analytics_events WHERE organization_id = {id:String}"
        " ORDER BY event_time, event_id, visitor_id, path"
    )
    return station.clickhouse.run(Statement(text, {"id": owner}, (owner,)), tag="test").rows


def answers(station, organization):
    """What many questions, of every kind of table, are answered by."""
    by = ["campaign_id"]
    questions: dict[str, tuple[str, dict[str, Any]]] = {
        "rollup": ("query", {"dimensions": by, "metrics": ["events", "visitors", "revenue"]}),
        "days": ("query", {"dimensions": by, "granularity": "day"}),
        "events": ("query", {"dimensions": by, "filters": NEWS, "granularity": "minute"}),
        "sessions": ("query", {"dimensions": ["session_campaign_id"], "metrics": ["sessions"]}),
        "others": ("query", {"dimensions": ["path"], "metrics": ["visitors", "sessions"]}),
        "campaigns": ("campaigns", {}),
        "credit": ("attribution", {"dimension": "campaign_id"}),
        "paths": ("journeys", {"dimension": "campaign_id"}),
        "steps": ("funnel", {"steps": [None, "purchase"], "breakdown": by}),
    }
    return {
        name: asked(station, organization, kind, **body)["rows"]
        for name, (kind, body) in questions.items()
    }
