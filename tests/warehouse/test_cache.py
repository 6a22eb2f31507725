"""Kept answers: found again only by their owner, while true, and never at the price of waiting."""

import json
import logging
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from reports.kinds import KINDS
from tests.warehouse.asking import NOON, NOW, ask, query, tell
from warehouse import days, engine
from warehouse.cache.entry import Entry
from warehouse.cache.keys import key
from warehouse.cache.l1 import HOLD_SECONDS, L1, RECENT_SECONDS
from warehouse.cache.l2 import L2, pack, unpack
from warehouse.cache.lifetimes import OVER, lifetime
from warehouse.days import DayCount
from warehouse.language.parse import parse_query
from warehouse.language.query import Window
from warehouse.models import Day
from warehouse.sources.redis import connect
from warehouse.tenancy.principal import Tenant

ENTRY = Entry("o1", b'{"rows":\n[[1]]}\n', '"tag"', NOW, 60, 1)


def test_an_entry_survives_packing():
    assert unpack(pack(ENTRY)) == ENTRY
    assert unpack(b"something else") is None


def test_only_its_owner_finds_an_entry(cache):
    cache.put("k", ENTRY)
    assert cache.get("k", "o1") == ENTRY
    assert cache.get("k", "o2") is None


@pytest.fixture
def near(cache, ticks):
    """The tier of one process before the shared cache, with room for three small bodies."""
    return L1(cache, most_bytes=3 * len(ENTRY.body), clock=lambda: ticks[0])


def test_what_was_seen_is_answered_here_for_a_few_seconds(cache, near, ticks):
    cache.put("k", ENTRY)
    assert near.get("k", "o1").tier == "l2"
    newer = replace(ENTRY, etag='"newer"')
    cache.put("k", newer)
    assert near.get("k", "o1") == replace(ENTRY, tier="l1")
    ticks[0] = HOLD_SECONDS
    assert near.get("k", "o1") == newer


def test_what_was_computed_anew_shows_at_once(cache, near):
    cache.put("k", ENTRY)
    near.get("k", "o1")
    newer = replace(ENTRY, etag='"newer"')
    cache.put("k", newer)
    near.forget("k")
    assert near.get("k", "o1") == newer


def test_only_its_owner_finds_what_is_held(cache, near):
    cache.put("k", ENTRY)
    near.get("k", "o1")
    assert near.get("k", "o2") is None


def test_what_was_asked_longest_ago_makes_room(cache, near):
    for name in "abcd":
        cache.put(name, ENTRY)
    for name in "abcad":
        near.get(name, "o1")
    assert [near.get(name, "o1").tier for name in "acdb"] == ["l1", "l1", "l1", "l2"]


def test_a_body_larger_than_the_room_is_not_held(cache, near):
    cache.put("k", replace(ENTRY, body=ENTRY.body * 4))
    assert [near.get("k", "o1").tier for _ in range(2)] == ["l2", "l2"]


def test_keys_differ_by_organization_question_and_revision():
    found = {key(o, f, r) for o in ("o1", "o2") for f in ("a", "b") for r in (1, 2)}
    assert len(found) == 8


def test_without_redis_everything_is_a_miss_said_once(unused_tcp_port, caplog):
    caplog.set_level(logging.WARNING)
    cache = L2(connect(f"redis://127.0.0.1:{unused_tcp_port}/1"))
    for _ in range(20):
        cache.put("k", ENTRY)
        assert cache.get("k", "o1") is None
    assert len(caplog.records) == 1


def test_a_reply_that_comes_too_late_is_nobody_elses_answer(redis_server):
    client = connect(f"{redis_server.url}/1")
    slow, other = replace(ENTRY, etag='"slow"'), replace(ENTRY, etag='"other"')
    L2(client).put("slow", slow)
    L2(client).put("other", other)
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    assert L2(client).get("slow", "o1") is None
    os.kill(redis_server.process.pid, signal.SIGCONT)
    assert [L2(client).get("other", "o1") for _ in range(3)] == [other] * 3
    client.close()


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"period": "today", "granularity": "minute"}, 60),
        ({"period": "today", "granularity": "hour"}, 900),
        ({"period": "last_7_days", "granularity": "day"}, 4 * 3600),
        ({"period": "last_4_weeks", "granularity": "week"}, 86_400),
        ({"period": "last_12_months", "granularity": "month"}, 7 * 86_400),
        ({"period": "last_30_minutes"}, 60),
        ({"period": "today"}, 900),
        ({"period": "last_12_months"}, 7 * 86_400),
        ({"period": "yesterday", "granularity": "minute"}, OVER),
    ],
)
def test_lifetimes_follow_what_is_asked(body, seconds):
    assert lifetime(query("o1", **body), NOW) == seconds


@pytest.mark.parametrize(
    ("kind", "asked", "until"),
    [
        # Noon of 1 June 2024, a Saturday: weeks of UTC end at midnight of Sunday.
        ("cohorts", {"cohort_type": "weekly", "periods": 4}, datetime(2024, 6, 3, tzinfo=UTC)),
        ("cohorts", {"cohort_type": "hourly", "periods": 4}, datetime(2024, 6, 1, 13, tzinfo=UTC)),
        ("funnel", {"period": "today"}, datetime(2024, 6, 2, tzinfo=UTC)),
        (
            "funnel",
            {
                "period": "yesterday",
                "conversion_after_range": True,
                "window": {"value": 13, "unit": "hour"},
            },
            datetime(2024, 6, 1, 13, tzinfo=UTC),
        ),
    ],
)
def test_no_answer_outlives_what_time_alone_changes(kind, asked, until):
    steps = {"steps": [{"event": "view"}, {"event": "buy"}]} if kind == "funnel" else {}
    for before in (timedelta(minutes=30), timedelta(minutes=1), timedelta(seconds=1)):
        tenant = Tenant(id="o1", slug="acme", timezone="UTC")
        parse = KINDS[kind].parse
        found = parse(steps | asked, tenant=tenant, now=until - before, max_limit=1000)
        kept = lifetime(found, until - before)
        assert 1 <= kept <= before.total_seconds()


@pytest.mark.django_db
def test_an_answer_is_found_again_byte_for_byte_until_its_days_change(clickhouse, cache, ticks):
    organization = tell(clickhouse, {"source": "x"})
    asked = query(organization, time_range={"start": "2024-05-01", "end": "2024-05-31"})
    near = L1(cache, clock=lambda: ticks[0])
    assert engine.lookup(asked, cache=near, now=NOW) is None
    computed = engine.run(
        asked, clickhouse=clickhouse, cache=cache, now=NOW, tag="test", timeout_seconds=30
    )
    kept = engine.lookup(asked, cache=near, now=NOW)
    assert kept
    assert (kept.body, kept.etag, kept.row_count) == (computed.body, computed.etag, 1)
    assert (computed.tier, kept.tier) == ("none", "l2")
    assert kept.computed_at == NOW
    assert "over" in kept.reason
    days.record({(organization, NOON.date()): DayCount(1, 50, NOON)})
    ticks[0] += RECENT_SECONDS
    assert engine.lookup(asked, cache=near, now=NOW) is None


@pytest.mark.django_db
def test_the_open_day_does_not_empty_the_cache_until_it_is_over(clickhouse, cache):
    organization = tell(clickhouse, {})
    asked = query(organization, time_range={"start": "2024-05-30", "end": "2024-06-01"})
    engine.run(asked, clickhouse=clickhouse, cache=cache, now=NOW, tag="test", timeout_seconds=30)
    days.record({(organization, NOW.date()): DayCount(1, 50, NOW)})
    assert engine.lookup(asked, cache=L1(cache), now=NOW)
    assert engine.lookup(asked, cache=L1(cache), now=NOW + timedelta(days=1)) is None


@pytest.mark.django_db
def test_an_answer_says_all_the_contract_asks_of_its_meta(clickhouse):
    organization = tell(clickhouse, {"source": "x"})
    days.record({(organization, NOON.date()): DayCount(1, 50, NOON)})
    found = ask(clickhouse, organization, zone="Asia/Tokyo", granularity="day", limit=3)
    assert list(found) == ["columns", "rows", "totals", "comparison", "meta"]
    assert found["columns"] == [
        {"name": "time", "type": "date", "role": "dimension"},
        {"name": "events", "type": "integer", "role": "metric"},
    ]
    meta = found["meta"]
    assert meta.pop("elapsed_ms") > 0
    assert meta.pop("bytes_read") > 0
    assert meta.pop("rows_read") > 0
    assert meta == {
        "organization": organization,
        "row_count": 3,
        "truncated": True,
        "window": {"start": "2024-05-01T00:00:00+09:00", "end": "2024-06-01T00:00:00+09:00"},
        "granularity": "day",
        "timezone": "Asia/Tokyo",
        "table": "acquisition_15m",
        "source": "clickhouse",
        "exact": True,
        "watermark": NOON.isoformat(),
        "computed_at": NOW.isoformat(),
        "ttl_seconds": OVER,
    }


def test_the_slug_names_the_organization_in_the_answer():
    found = parse_query({}, organization="o1", timezone="UTC", now=NOW, slug="acme")
    assert found.organization_slug == "acme"


LOADED = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
import warehouse.engine
print(json.dumps(sorted({"chdb", "clickhouse_connect", "pyarrow"} & set(sys.modules))))
"""


def test_the_web_half_of_the_engine_loads_no_driver():
    found = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout) == []


@pytest.mark.django_db
def test_days_add_up_and_keep_the_newest_event():
    organization, day = str(uuid.uuid4()), date(2024, 5, 15)
    window = Window(datetime(2024, 5, 15, tzinfo=UTC), datetime(2024, 5, 17, tzinfo=UTC))
    later = NOON + timedelta(hours=1)
    ever = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    assert days.watermark(organization, ever) is None
    assert days.revision(organization, window, now=NOW) == 0
    days.record({(organization, day): DayCount(2, 100, later)})
    days.record(
        {
            (organization, day): DayCount(1, 50, NOON),
            (organization, date(2024, 5, 17)): DayCount(7, 70, NOON + timedelta(days=2)),
        }
    )
    assert days.revision(organization, window, now=NOW) == 2
    kept = Day.objects.get(organization_id=organization, day=day)
    assert (kept.rows, kept.bytes) == (3, 150)
    assert days.watermark(organization, window) == later
    assert days.watermark(organization, ever) == NOON + timedelta(days=2)
    early = Window(window.start, NOON)
    assert days.watermark(organization, early) == NOON
    assert days.revision(organization, window, now=NOON) == 0
    assert days.watermark(str(uuid.uuid4()), ever) is None
