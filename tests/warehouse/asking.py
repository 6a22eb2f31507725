"""Asks the real engine a question, as the tests of this folder do."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal

from tests.engine import store
from tests.warehouse.checked import Checked
from warehouse import engine
from warehouse.language.parse import parse_query

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
NOON = datetime(2024, 5, 15, 12, tzinfo=UTC)


def tell(clickhouse, *events, organization=None):
    """Store events, at noon of 15 May 2024 unless they say otherwise; returns whose they are.

    Their sessions are counted when somebody asks for such (`Checked`).
    """
    organization = organization or str(uuid.uuid4())
    common = {"organization_id": organization, "event_time": NOON, "visitor_id": "v"}
    store(clickhouse, [common | event for event in events], counted=False)
    return organization


def ask(clickhouse, organization, cache=None, now=NOW, zone="UTC", **body):
    """Return the parsed answer to `body` about May 2024."""
    asked = {"time_range": {"start": "2024-05-01", "end": "2024-05-31"}} | body
    query = parse_query(asked, organization=organization, timezone=zone, now=now)
    source = Checked(clickhouse)
    found = engine.run(
        query, clickhouse=source, cache=cache, now=now, tag="test", timeout_seconds=30
    )
    return json.loads(found.body, parse_float=Decimal)


def rows(clickhouse, organization, **body):
    """Return only the rows of the answer."""
    return ask(clickhouse, organization, **body)["rows"]


def query(organization, now=NOW, **body):
    """Return the question in `body`, asked in UTC."""
    return parse_query(body, organization=organization, timezone="UTC", now=now)
