"""What a question leaves open is as the organization has set it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reports.kinds import KINDS
from warehouse.language.fingerprint import fingerprint
from warehouse.tenancy.principal import Tenant

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)  # a Wednesday
ACME = Tenant(id="0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55", slug="acme")
OTHER = replace(ACME, week_start="sunday", bot_filter=False)
ASKED: dict[str, dict[str, Any]] = {
    "query": {"granularity": "week", "period": "this_week"},
    "traffic": {"granularity": "week", "period": "this_week"},
    "campaigns": {"period": "this_week"},
    "funnel": {"steps": [{"event": "click"}, {"event": "view"}], "period": "this_week"},
    "cohorts": {"cohort_type": "weekly", "period": "this_week"},
}


def parsed(kind, tenant, **more):
    body = ASKED.get(kind, {}) | more
    return KINDS[kind].parse(body, tenant=tenant, now=NOW, max_limit=1000)


@pytest.mark.parametrize("kind", ASKED)
def test_weeks_begin_as_the_organization_says(kind):
    monday, sunday = parsed(kind, ACME), parsed(kind, OTHER)
    assert (monday.window.start.day, sunday.window.start.day) == (23, 22)
    assert fingerprint(monday) != fingerprint(sunday)
    assert parsed(kind, OTHER, week_start="monday").window.start.day == 23
    assert parsed(kind, OTHER, week_start=None).window.start.day == 22


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"attribution"}))
def test_bots_are_left_out_unless_the_organization_lets_them_in(kind):
    more = {"conversion_event": "purchase"} if kind == "journeys" else {}
    without, with_bots = parsed(kind, ACME, **more), parsed(kind, OTHER, **more)
    assert (without.include_bots, with_bots.include_bots) == (False, True)
    assert fingerprint(without) != fingerprint(with_bots)
    assert not parsed(kind, OTHER, include_bots=False, **more).include_bots
    assert parsed(kind, ACME, include_bots=True, **more).include_bots
    assert parsed(kind, OTHER, include_bots=None, **more).include_bots
