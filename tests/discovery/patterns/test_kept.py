"""Patterns that are kept: how many, who is named in them, and what is dismissed."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from discovery.models import Campaign, Pattern
from discovery.patterns import kept, telling
from discovery.patterns.candidates import Candidate
from discovery.patterns.rules import Term, filters, may_meet, sayable
from discovery.patterns.told import Told
from tests.discovery.planted import RULE, pattern
from warehouse.exceptions import NotFound
from warehouse.language.query import Leaf, Window
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import AuditEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
SPAN = Window(NOW - timedelta(days=1), NOW)
ONE = Told(
    id=uuid.UUID(int=1),
    fingerprint="f1",
    kind="cluster",
    confidence=0.5,
    sample_size=10,
    window=SPAN,
    timezone="UTC",
    include_bots=False,
    traffic_sources=["a"],
    geo_regions=[],
    device_types=[],
    hours=[],
    suggested_name="a",
    estimated_value=Decimal("1.5"),
    potential_reach=4,
    filters=[*RULE],
    explanation="",
)


def several(numbers):
    return [replace(ONE, id=uuid.UUID(int=one), fingerprint=f"f{one}") for one in numbers]


def test_beyond_a_bound_those_go_that_were_found_longest_ago(acme, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for day, number in enumerate(range(1, 4)):
        kept.keep(str(acme.pk), several([number]), now=NOW + timedelta(days=day))
    first, second = Pattern.objects.order_by("found_at")[:2]
    Campaign.objects.create(
        organization=acme, name="c", campaign_id="c", pattern=first, filters=[], start=NOW,
        end=NOW, timezone="UTC", subject="user:1", created_at=NOW,
    )  # fmt: skip
    kept.dismiss(second, by=Actor(), now=NOW)
    kept.keep(str(acme.pk), several(range(4, 7)), now=NOW + timedelta(days=9))
    left = sorted(one.pk.int for one in Pattern.objects.all())
    assert left == [1, 2, 4, 5, 6]


def test_an_organization_that_has_gone_keeps_nothing(acme):
    kept.keep(str(uuid.uuid4()), [ONE], now=NOW)
    assert not Pattern.objects.exists()


def test_found_again_figures_are_the_new_ones(acme):
    kept.keep(str(acme.pk), [ONE], now=NOW)
    kept.keep(str(acme.pk), [replace(ONE, sample_size=11)], now=NOW + timedelta(days=1))
    found = Pattern.objects.get()
    assert (found.sample_size, found.found_at) == (11, NOW + timedelta(days=1))
    assert (found.start, found.end) == (SPAN.start, SPAN.end)


def test_a_dismissal_is_on_record_once_and_taken_back(acme):
    one = pattern(acme, now=NOW)
    actor = Actor("user:7", "ann")
    for _ in range(2):
        assert kept.dismiss(one, by=actor, now=NOW).dismissed_by == "user:7"
    for _ in range(2):
        later = NOW + timedelta(hours=1)
        assert kept.restore(one, by=actor, now=later).dismissed_at is None
    told = list(AuditEntry.objects.order_by("at").values_list("action", "actor", "target"))
    target = f"pattern:{one.pk}"
    assert told == [
        ("pattern.dismissed", "user:7", target),
        ("pattern.restored", "user:7", target),
    ]
    one.delete()
    with pytest.raises(NotFound):
        kept.dismiss(one, by=actor, now=NOW)


def test_whoever_is_named_anywhere_is_found(acme, globex):
    about = {"field": "visitor_id", "operator": "in", "values": ["v1", "v2"]}
    named = [
        pattern(acme, now=NOW, filters=[{"or": [about, *RULE]}]),
        pattern(acme, now=NOW, traffic_sources=["v1"]),
        pattern(acme, now=NOW, suggested_name="v1"),
    ]
    others = [
        pattern(acme, now=NOW, explanation="v1 events of 3 visitors"),
        pattern(acme, now=NOW, filters=[{"field": "v1", "operator": "v1", "value": "v2"}]),
        pattern(globex, now=NOW, traffic_sources=["v1"]),
    ]
    assert kept.naming(acme.pk, "v1") == sorted(one.pk for one in named)
    kept.remove_naming(acme.pk, "v1")
    assert set(Pattern.objects.all()) == set(others)


def test_a_rule_says_all_that_it_leaves_out():
    rule = (
        Term("source", ("",)),
        Term("country", ("DE", "")),
        Term("device_type", ("mobile", "tablet")),
        Term("hour_of_day", (22, 23, 0)),
    )
    asked = (Leaf("page_views", "gt", (Decimal("1.5"),)),)
    assert filters(asked, rule, include_bots=False) == [
        {"field": "page_views", "operator": "gt", "value": 1.5},
        {"field": "campaign_id", "operator": "is_null"},
        {"field": "is_bot", "operator": "eq", "value": False},
        {"field": "source", "operator": "is_null"},
        {
            "or": [
                {"field": "country", "operator": "eq", "value": "DE"},
                {"field": "country", "operator": "is_null"},
            ]
        },
        {"field": "device_type", "operator": "in", "values": ["mobile", "tablet"]},
        {"field": "hour_of_day", "operator": "in", "values": [22, 23, 0]},
    ]
    hours = filters((), (Term("hour_of_day", (18, 19, 20)),), include_bots=True)
    assert hours[1:] == [{"field": "hour_of_day", "operator": "between", "values": [18, 20]}]


def test_a_rule_that_no_filter_or_database_could_hold_is_not_said():
    for value, said in (("x" * 2000, True), ("x" * 2001, False), ("a\0b", False), ("", True)):
        assert sayable((Term("hour_of_day", (1,)), Term("source", ("a", value)))) == said


def test_rules_meet_where_an_event_could_fulfil_both():
    one = (Term("source", ("a", "b")), Term("country", ("US",)))
    assert may_meet(one, (Term("source", ("b",)), Term("device_type", ("mobile",))))
    assert may_meet(one, ())
    assert not may_meet(one, (Term("source", ("c",)),))


def test_names_are_what_people_would_say():
    rule = (
        Term("source", ("newsletter",)),
        Term("country", ("US",)),
        Term("region", ("Texas",)),
        Term("device_type", ("mobile",)),
        Term("hour_of_day", (22, 23, 0)),
    )
    made = Candidate("together", rule, 5, 5, 1, 1, lambda _: 0)
    assert telling.name(made, SPAN, "UTC") == "newsletter · Texas, US · mobile · 22–1 h"
    burst = Candidate("burst", (), 5, 5, 1, 1, lambda _: 0)
    named = telling.name(burst, SPAN, "Asia/Kathmandu")
    assert named == "all traffic · 31 May 17:45–17:45"
    direct = Candidate("burst", (Term("source", ("",)),), 5, 5, 1, 1, lambda _: 0)
    assert telling.name(direct, SPAN, "UTC").startswith("direct · ")
    assert len(telling.name(replace(made, rule=(Term("source", ("x" * 999,)),)), SPAN, "UTC")) < 80
