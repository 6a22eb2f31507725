"""Asks the real engine about cohorts, as the tests of this folder do."""

from datetime import UTC, datetime, timedelta
from typing import Any

from reports.kinds import KINDS
from tests.warehouse.studies import asking
from warehouse.tenancy.principal import Tenant

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
FEBRUARY = {"start": "2024-02-01", "end": "2024-02-03"}
THREE_DAYS = {"cohort_type": "daily", "time_range": FEBRUARY}


def parsed(body, organization="o1", *, now, zone="UTC", most=5_000_000):
    """Return the question in `body`."""
    tenant = Tenant(id=organization, slug="acme", timezone=zone)
    return KINDS["cohorts"].parse(body, tenant=tenant, now=now, max_limit=most)


def ask(clickhouse, organization, body, *, now, zone="UTC", cache=None):
    """Return the parsed answer to `body`."""
    query = parsed(body, organization, now=now, zone=zone)
    return asking.answer(clickhouse, query, now=now, cache=cache)


def on(day, **event):
    """An event at noon of a day of February 2024."""
    moment = datetime(2024, 2, 1, 12, tzinfo=UTC) + timedelta(days=day - 1)
    return {"event_time": moment, "event_name": "view", **event}


def table(clickhouse, organization, now=NOW, zone="UTC", **body):
    """Return the values of each cohort, by period, behind its size."""
    found: dict[str, list[Any]] = {}
    for cohort, size, _, value, _, _ in answer(clickhouse, organization, now, zone, body)["rows"]:
        found.setdefault(cohort[5:], [size]).append(value)
    return list(found.values())


def answer(clickhouse, organization, now, zone, body):
    """Return the answer to `body`, by default about the first three days of February 2024."""
    return ask(clickhouse, organization, {**THREE_DAYS, **body}, now=now, zone=zone)
