"""Asks the real engine for a kind of report about May 2024, as the tests of this folder do."""

import json
from decimal import Decimal

from reports.kinds import KINDS
from tests.warehouse.asking import NOW
from tests.warehouse.checked import Checked
from warehouse import engine
from warehouse.tenancy.principal import Tenant

MAY = {"start": "2024-05-01", "end": "2024-05-31"}


def parsed(kind, organization, **body):
    """Return the question that `body` asks."""
    tenant = Tenant(organization, "acme", "UTC")
    return KINDS[kind].parse({"time_range": MAY} | body, tenant=tenant, now=NOW, max_limit=50_000)


def ask(kind, clickhouse, organization, **body):
    """Return the parsed answer to `body`."""
    query = parsed(kind, organization, **body)
    source = Checked(clickhouse)
    found = engine.run(
        query, clickhouse=source, cache=None, now=NOW, tag="test", timeout_seconds=30
    )
    return json.loads(found.body, parse_float=Decimal)


def credits_of(answer):
    """Return conversions and revenue by model and value."""
    return {(row[1], row[0]): (row[2], row[3]) for row in answer["rows"]}


def table(answer):
    """Return the rows as dictionaries."""
    names = [column["name"] for column in answer["columns"]]
    return [dict(zip(names, row, strict=True)) for row in answer["rows"]]
