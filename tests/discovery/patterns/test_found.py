"""A whole search on the real engine: what it finds, and that rules hold what they say."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from discovery.models import Pattern
from reports.kinds import KINDS
from tests.discovery.patterns import worlds
from tests.engine import store
from tests.warehouse.checked import Checked
from warehouse import engine
from warehouse.exceptions import NotEnoughData, QueryCancelled
from warehouse.language.fingerprint import fingerprint
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Tenant

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
MAY = {"start": "2024-05-01", "end": "2024-05-30"}
DISCOVERY, QUERY = KINDS["discovery"], KINDS["query"]


@pytest.fixture(scope="module")
def told(embedded_engine):
    """Worlds that are stored once, by seed; each is an organization of its own."""
    known = {}

    def world(seed, **more):
        place = (seed, *more.items())
        if place not in known:
            known[place] = str(uuid.uuid4())
            store(embedded_engine, worlds.events(known[place], seed, **more), counted=False)
        return known[place]

    return world


def tenant(organization):
    Organization.objects.get_or_create(pk=organization, slug=f"o-{organization[:8]}")
    return Tenant(id=organization, slug="acme")


def answered(clickhouse, organization, *, watch=lambda: None, **body):
    """Return the parsed answer to `body`, about May."""
    query = DISCOVERY.parse(
        {"time_range": MAY} | body, tenant=tenant(organization), now=NOW, max_limit=50_000
    )
    running = DISCOVERY.compute(
        query, clickhouse=Checked(clickhouse), cache=None, now=NOW, tag="test",
        timeout_seconds=60, whole=True, watch=watch,
    )  # fmt: skip
    for _ in running:
        pass
    return json.loads(running.answer.body)


def patterns(answer):
    names = [column["name"] for column in answer["columns"]]
    return [dict(zip(names, row, strict=True)) for row in answer["rows"]]


def counted(clickhouse, organization, pattern, **more):
    """Ask the rule of a pattern as anybody may, of the events themselves."""
    body = {
        "metrics": ["events", "visitors", "revenue"],
        "filters": pattern["filters"],
        "time_range": pattern["time_range"],
        "timezone": pattern["timezone"],
    }
    query = QUERY.parse(body | more, tenant=tenant(organization), now=NOW, max_limit=50_000)
    found = engine.run(
        query, clickhouse=Checked(clickhouse), cache=None, now=NOW, tag="test", timeout_seconds=30
    )
    return json.loads(found.body)["rows"][0]


PRO = {"field": "properties.plan", "operator": "ne", "value": 1.5}
ASKED = [
    {},
    {"timezone": "Asia/Kathmandu", "include": ["clusters"], "min_traffic": 1},
    {"timezone": "America/New_York", "include_bots": True},
    {"filters": [PRO, {"or": [{"field": "country", "operator": "in", "values": ["US", "DE"]}]}]},
    {"time_range": {"start": "2024-05-02T10:17:03Z", "end": "2024-05-13T15:30:00Z"}},
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("body", ASKED, ids=str)
def test_a_rule_asked_as_a_query_holds_what_its_pattern_says(clickhouse, told, seed, body):
    organization = told(seed)
    found = patterns(answered(clickhouse, organization, **body))
    assert found
    more = {"include_bots": True} if body.get("include_bots") else {}
    for one in found:
        events, visitors, revenue = counted(clickhouse, organization, one, **more)
        assert (events, visitors) == (one["sample_size"], one["potential_reach"]), one
        assert revenue in (0, one["estimated_value"])
        assert events >= body.get("min_traffic", 10)
        assert 0 < one["confidence"] <= 1
        assert one["organization_id"] == organization


@pytest.mark.parametrize("seed", range(3))
def test_what_is_planted_is_found_and_nothing_else(clickhouse, told, seed):
    found = patterns(answered(clickhouse, told(seed)))
    anomaly, cluster = sorted(found, key=lambda one: one["kind"])
    assert (anomaly["kind"], cluster["kind"]) == ("anomaly", "cluster")
    assert anomaly["time_range"]["start"] == worlds.BURST_BEGINS.isoformat()
    assert anomaly["sample_size"] == anomaly["potential_reach"] == 80
    assert (anomaly["traffic_sources"], anomaly["hours"]) == (["forum"], [14, 15, 16])
    assert (anomaly["geo_regions"], anomaly["device_types"]) == (["US"], ["mobile"])
    assert "forum" in anomaly["suggested_name"]
    assert "13 May" in anomaly["suggested_name"]
    assert cluster["traffic_sources"] == ["news"]
    assert {19, 20, 21} <= set(cluster["hours"])
    assert cluster["suggested_name"].startswith("news · DE · mobile · ")
    assert cluster["sample_size"] >= 108
    values = [one["estimated_value"] for one in found]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("seed", range(20, 24))
def test_a_homogeneous_world_has_no_pattern(clickhouse, told, seed):
    answer = answered(clickhouse, told(seed, planted=False))
    assert answer["rows"] == []
    counts = answer["meta"]["counts"]
    assert counts["unattributed_events"] == counts["events_in_cells"] > 1_000
    assert counts["candidates"] == 0


def test_found_again_it_is_the_same_pattern_and_a_dismissal_lasts(clickhouse, told):
    organization = told(0)
    first = patterns(answered(clickhouse, organization))
    assert {str(one.pk) for one in Pattern.objects.all()} == {one["pattern_id"] for one in first}
    Pattern.objects.filter(kind="cluster").update(dismissed_at=NOW, sample_size=1)
    again = patterns(answered(clickhouse, organization))
    assert again == first
    kept = Pattern.objects.get(kind="cluster")
    assert (kept.dismissed_at, kept.sample_size > 1) == (NOW, True)
    assert Pattern.objects.count() == len(first)


def test_no_more_are_told_than_are_wanted(clickhouse, told):
    answer = answered(clickhouse, told(0), max_patterns=1)
    assert len(answer["rows"]) == 1
    assert answer["meta"]["truncated"] is True


def test_only_what_is_asked_for_is_looked_for(clickhouse, told):
    for part, kind in (("clusters", "cluster"), ("anomalies", "anomaly")):
        found = patterns(answered(clickhouse, told(0), include=[part]))
        assert {one["kind"] for one in found} == {kind}


def test_another_organizations_events_do_not_count(clickhouse, told):
    told(0)
    with pytest.raises(NotEnoughData, match="0 events"):
        answered(clickhouse, str(uuid.uuid4()))


def test_too_little_traffic_is_said(clickhouse, told):
    with pytest.raises(NotEnoughData, match="min_traffic"):
        answered(clickhouse, told(0), min_traffic=1_000_000)


def test_it_stops_when_it_is_told_to(clickhouse, told):
    def stop():
        raise QueryCancelled

    with pytest.raises(QueryCancelled):
        answered(clickhouse, told(0), watch=stop)
    assert not Pattern.objects.exists()


def test_all_that_is_asked_makes_another_question():
    bodies: list[dict[str, Any]] = [
        {},
        {"min_traffic": 11},
        {"max_patterns": 21},
        {"include": ["clusters"]},
    ]
    told = [
        fingerprint(DISCOVERY.parse(body, tenant=Tenant(id="a", slug="a"), now=NOW, max_limit=1000))
        for body in [*bodies, {"include": ["anomalies", "clusters"]}]
    ]
    assert len(set(told)) == len(bodies)
    assert told[-1] == told[0]


def test_bursts_are_looked_for_in_the_last_days_of_a_long_window(clickhouse, told):
    for end, kinds in (("2024-10-01", {"anomaly"}), ("2024-12-31", set())):
        span = {"start": "2023-01-01", "end": end}
        answer = answered(clickhouse, told(0), time_range=span, include=["anomalies"])
        assert {one["kind"] for one in patterns(answer)} == kinds
        assert (answer["meta"]["counts"]["series"] > 0) == bool(kinds)
