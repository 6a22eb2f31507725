"""The invented traffic: the same story for the same seed, and one that has what a demo needs."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from enrichment.demo import generator, loading, visits
from enrichment.validation import validate
from tests.enrichment.senders import NOW
from warehouse.tenancy.principal import Tenant


def story(end=NOW, days=30, seed=1):
    return [event for hour in generator.hours(end=end, days=days, seed=seed) for event in hour]


@pytest.fixture(scope="module")
def month():
    return story()


def test_month_has_the_size_of_a_small_shop(month):
    assert 50_000 < len(month) < 110_000


def test_every_event_is_good(month):
    tenant = Tenant(id="o", slug="demo")
    checked = validate(month, tenant=tenant, now=NOW)
    assert checked.errors == []


def test_story_ends_now_and_covers_every_day(month):
    times = [datetime.fromisoformat(event["event_time"]) for event in month]
    assert max(times) <= NOW
    assert NOW - max(times) < timedelta(hours=1)
    assert min(times) >= NOW - timedelta(days=30)
    assert len({time.astimezone(UTC).date() for time in times}) == 31


def test_same_seed_tells_the_same_story_until_a_later_end():
    before = {event["event_id"]: event for event in story(days=2)}
    after = {event["event_id"]: event for event in story(end=NOW + timedelta(hours=3), days=2)}
    shared = before.keys() & after.keys()
    assert len(shared) > 0.9 * len(before)
    assert all(before[name] == after[name] for name in shared)
    assert [event["event_time"] for event in story(days=1, seed=2)] != [
        event["event_time"] for event in story(days=1)
    ]


def test_ids_are_never_used_twice(month):
    assert len({event["event_id"] for event in month}) == len(month)


def test_funnel_narrows_and_purchases_have_values(month):
    names = Counter(event["event_name"] for event in month)
    assert names["view"] > names["add_to_cart"] > names["purchase"] > 300
    assert names["signup"] > 300
    assert names["click"] > 1_000
    bought = [event for event in month if event["event_name"] == "purchase"]
    assert all(float(event["conversion_value"]) > 0 for event in bought)


def test_visitors_return(month):
    days: dict[str, set[str]] = {}
    for event in month:
        if event.get("visitor_id"):
            days.setdefault(event["visitor_id"], set()).add(event["event_time"][:10])
    assert sum(len(seen) > 1 for seen in days.values()) > 500


def test_nights_are_quieter_than_evenings(month):
    hours = Counter(datetime.fromisoformat(event["event_time"]).hour for event in month)
    assert hours[19] > 4 * hours[3]


def test_service_out_of_reach_is_a_clear_refusal():
    with pytest.raises(loading.Refused, match="not a web address"):
        loading.load("ftp://x", "t", end=NOW, days=1, seed=1, done=lambda count: None)


def test_robots_name_no_visitor():
    robot = visits.Person("", "Bot/1.0", "192.0.2.1")
    events = visits.crawl(robot, NOW, random.Random(1))
    assert events
    assert not any("visitor_id" in event for event in events)
