"""The kind `traffic` as a question to the engine."""

from datetime import UTC, datetime

import pytest

from reports.kinds import KINDS
from reports.kinds.traffic import METRICS
from warehouse.exceptions import InvalidRequest
from warehouse.language import catalog
from warehouse.tenancy.principal import Tenant

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
ACME = Tenant(id="0b8d7f3e-54b1-4c9e-9f0e-2f6f3a1c7d55", slug="acme", timezone="Europe/Berlin")
TRAFFIC = KINDS["traffic"]


def parsed(body):
    return TRAFFIC.parse(body, tenant=ACME, now=NOW, max_limit=50_000)


def by_parameters(**given):
    assert TRAFFIC.parameters is not None
    return parsed(TRAFFIC.parameters({name: [value] for name, value in given.items()}))


def test_by_default_it_is_every_metric_by_day_in_the_organizations_zone():
    query = parsed({})
    assert query.metrics == METRICS
    assert (query.granularity, query.timezone, query.dimensions) == ("day", "Europe/Berlin", ())
    assert query.organization == ACME.id


def test_group_by_is_the_granularity_and_breakdown_the_dimensions():
    query = by_parameters(group_by="hour", breakdown="source,properties.plan", period="today")
    assert query.granularity == "hour"
    assert query.dimensions == ("source", "properties.plan")


def test_no_granularity_is_one_row():
    assert parsed({"granularity": None}).granularity is None


def test_an_end_date_includes_its_day():
    query = by_parameters(start_date="2026-03-29", end_date="2026-03-29", timezone="Europe/Berlin")
    assert (query.window.end - query.window.start).total_seconds() == 23 * 3600


def test_flat_parameters_and_a_body_are_the_same_question():
    flat = by_parameters(
        start_date="2026-01-01", metrics="clicks, revenue", include_bots="True", limit="5"
    )
    full = {
        "time_range": {"start": "2026-01-01"},
        "metrics": ["clicks", "revenue"],
        "include_bots": True,
        "limit": 5,
    }
    assert flat == parsed(full)


@pytest.mark.parametrize("known", KINDS)
def test_the_body_is_not_changed(known):
    span = {"last": "1h"} if known == "realtime" else {"period": "today"}
    own = {"metrics": ["events"]} if "metrics" in KINDS[known].fields else {"filters": []}
    body = {**own, **span}
    KINDS[known].parse(body, tenant=ACME, now=NOW, max_limit=10)
    assert body == {**own, **span}


def test_everything_wrong_is_told_at_once():
    with pytest.raises(InvalidRequest) as refused:
        parsed({"breakdown": "sauce", "metrcs": [], "limit": 50_001})
    assert {error.field for error in refused.value.errors} == {"breakdown", "metrcs", "limit"}


def test_the_metrics_may_be_all_of_them():
    assert parsed({"metrics": list(catalog.METRICS)}).metrics == tuple(catalog.METRICS)


@pytest.mark.parametrize("known", ["traffic", "campaigns", "realtime"])
def test_flat_common_fields_are_those_of_the_body(known):
    kind = KINDS[known]
    assert kind.parameters is not None
    flat = {
        "compare": ["previous_year"],
        "totals": ["TRUE"],
        "sample": ["0.25"],
        "week_start": ["sunday"],
        "exact": ["true"],
    }
    full = {
        "compare": "previous_year",
        "totals": True,
        "sample": 0.25,
        "week_start": "sunday",
        "exact": True,
    }
    assert kind.parameters(flat) == full
    query = kind.parse(full, tenant=ACME, now=NOW, max_limit=10)
    assert (query.compare, query.totals, query.sample) == ("previous_year", True, 0.25)
    assert (query.week_start, query.exact) == ("sunday", True)
    assert set(kind.parameters({name: ["x"] for name in kind.fields if name != "time_range"}))
