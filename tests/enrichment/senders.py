"""What the intake's tests share: plain functions that accept, store and look into the store."""

import uuid
from datetime import UTC, datetime, timedelta

from enrichment import jobs, storing
from warehouse.sql.statement import Statement

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
# Long enough for no test to see it renewed in the background, where its rows are not visible.
LEASE = timedelta(minutes=5)
OWNER = uuid.UUID(int=7)


def view(**fields):
    """A page view of a known visitor."""
    return {"event_name": "page_view", "visitor_id": "v1"} | fields


def send(organization, *events, at=NOW):
    """Accept events as one batch."""
    return jobs.accept(list(events), tenant=organization.as_tenant(), source="api", now=at)


def work(clickhouse, at=NOW):
    """Store everything that is due; returns how many groups that took."""
    groups = 0
    while storing.work_once(clickhouse, owner=OWNER, clock=lambda: at, lease=LEASE):
        groups += 1
        assert groups < 100
    return groups


def stored(clickhouse, organization, column="event_id"):
    """One column of everything stored for an organization, in the order of time."""
    text = f"SELECT {column} FROM trellis.analytics_events WHERE organization_id = {{id:String}}"
    text += " ORDER BY event_time, event_id"
    owner = str(organization.pk)
    statement = Statement(text, {"id": owner}, (owner,))
    return [value for (value,) in clickhouse.run(statement, tag="test").rows]
