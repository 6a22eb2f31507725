"""Asks the real engine a study, as its kind reads it."""

import json
from decimal import Decimal

from reports.kinds import KINDS
from tests.warehouse.asking import NOW
from tests.warehouse.checked import Checked
from warehouse import engine
from warehouse.tenancy.principal import Tenant

MAY = {"start": "2024-05-01", "end": "2024-05-31"}


def study(kind, organization, now=NOW, zone="UTC", **body):
    """Return the question in `body`, about May 2024 unless it says otherwise."""
    asked = body if "time_range" in body or "period" in body else {"time_range": MAY} | body
    tenant = Tenant(id=organization, slug="acme", timezone=zone)
    return KINDS[kind].parse(asked, tenant=tenant, now=now, max_limit=50_000)


def ask(clickhouse, kind, organization, now=NOW, zone="UTC", **body):
    """Return the parsed answer to `body`."""
    return answer(clickhouse, study(kind, organization, now, zone, **body), now=now)


def answer(clickhouse, query, *, now, cache=None):
    """Return the parsed answer to a question."""
    source = Checked(clickhouse)
    found = engine.run(
        query, clickhouse=source, cache=cache, now=now, tag="test", timeout_seconds=60
    )
    return json.loads(found.body, parse_float=Decimal)


def table(answer):
    """Return the rows of an answer as dictionaries."""
    names = [column["name"] for column in answer["columns"]]
    return [dict(zip(names, row, strict=True)) for row in answer["rows"]]
