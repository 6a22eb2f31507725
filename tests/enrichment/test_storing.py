"""Exactly once: whatever dies between two steps, each accepted event is stored one time."""

import itertools
from datetime import timedelta

import pytest
from django.db.models import Max
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrichment import groups, storing
from enrichment.models import Batch, InsertGroup, Lane
from tests.enrichment.senders import LEASE, NOW, OWNER, send, stored, view, work
from warehouse.exceptions import QueryCancelled, SourceTimeout, SourceUnavailable
from warehouse.models import Day
from warehouse.sources.clickhouse import ClickHouse

EXPIRED = NOW + LEASE + timedelta(seconds=1)


class Died(BaseException):
    """The process is gone: nothing that catches errors may catch this."""


class DyingEngine(ClickHouse):
    """The real engine, whose process dies before or after one of the inserts."""

    def __init__(self, engine, table, *, after, error=Died):
        self._engine, self._table, self._after, self._error = engine, table, after, error

    def run(self, *args, **kwargs):
        return self._engine.run(*args, **kwargs)

    def command(self, *args, **kwargs):
        self._engine.command(*args, **kwargs)

    def kill(self, tag):
        self._engine.kill(tag)

    def insert(self, table, rows, *, token):
        if table == self._table and not self._after:
            raise self._error
        self._engine.insert(table, rows, token=token)
        if table == self._table:
            raise self._error


class HalfEngine(DyingEngine):
    """An engine that dies when the first month of an insert is stored."""

    def insert(self, table, rows, *, token):
        if table == "analytics_events":
            months = [time.as_py().month for time in rows["event_time"]]
            first = [index for index, month in enumerate(months) if month == months[0]]
            self._engine.insert(table, rows.take(first), token=token)
            raise Died
        self._engine.insert(table, rows, token=token)


class ForgetfulEngine(DyingEngine):
    """An engine that dies before the commit, and whose window of tokens has moved on since."""

    def insert(self, table, rows, *, token):
        super().insert(table, rows, token=f"{token}:forgotten")


DEATHS = {
    "before ids": ("event_ids", False),
    "after ids": ("event_ids", True),
    "before events": ("analytics_events", False),
    "before commit": ("analytics_events", True),
}


def at_time(at):
    return lambda: at


def die(clickhouse, point, at=NOW):
    table, after = DEATHS[point]
    engine = DyingEngine(clickhouse, table, after=after)
    with pytest.raises(Died):
        storing.work_once(engine, owner=OWNER, clock=at_time(at), lease=LEASE)


def mixed():
    """Events with ids, without ids, with a repeat among them, over two months."""
    return [
        view(event_id="a", event_time="2026-03-01T00:00:00Z"),
        view(event_time="2026-03-02T00:00:00Z"),
        view(event_id="a", event_time="2026-03-03T00:00:00Z"),
        view(event_time="2026-02-02T00:00:00Z"),
        view(event_id="b", event_time="2026-03-09T00:00:00Z"),
    ]


@pytest.mark.parametrize("point", DEATHS)
def test_replay_after_death_stores_each_event_once(acme, clickhouse, point):
    send(acme, *mixed())
    die(clickhouse, point)
    assert work(clickhouse) == 0, "the lease still holds"
    assert work(clickhouse, EXPIRED) == 1
    assert stored(clickhouse, acme) == ["", "a", "", "b"]
    assert Batch.objects.get().state == "stored"
    assert Batch.objects.get().repeats == 1


@pytest.mark.parametrize("points", list(itertools.product(DEATHS, repeat=2)))
def test_replay_after_two_deaths_stores_each_event_once(acme, clickhouse, points):
    send(acme, *mixed())
    for number, point in enumerate(points):
        # What landed is not inserted again, so the second death may find nothing to die in.
        table, after = DEATHS[point]
        engine = DyingEngine(clickhouse, table, after=after)
        at = NOW + number * (LEASE + timedelta(seconds=1))
        try:
            storing.work_once(engine, owner=OWNER, clock=at_time(at), lease=LEASE)
        except Died:
            continue
    work(clickhouse, NOW + 3 * LEASE)
    assert stored(clickhouse, acme) == ["", "a", "", "b"]


def test_insert_cut_off_between_months_is_completed(acme, clickhouse):
    send(acme, *mixed())
    with pytest.raises(Died):
        storing.work_once(
            HalfEngine(clickhouse, "", after=False), owner=OWNER, clock=lambda: NOW, lease=LEASE
        )
    assert len(stored(clickhouse, acme)) == 3
    work(clickhouse, EXPIRED)
    assert stored(clickhouse, acme) == ["", "a", "", "b"]


def test_replay_long_after_the_insert_stores_nothing_twice(acme, clickhouse):
    send(acme, *mixed())
    engine = ForgetfulEngine(clickhouse, "analytics_events", after=True)
    with pytest.raises(Died):
        storing.work_once(engine, owner=OWNER, clock=at_time(NOW), lease=LEASE)
    work(clickhouse, EXPIRED)
    assert stored(clickhouse, acme) == ["", "a", "", "b"]


def test_days_are_counted_with_the_end_of_the_group_and_once(acme, clickhouse):
    send(acme, *mixed())
    die(clickhouse, "before commit")
    assert not Day.objects.exists()
    work(clickhouse, EXPIRED)
    rows = Day.objects.order_by("day").values_list("day__day", "rows", "revision")
    assert all(Day.objects.values_list("bytes", flat=True)), "a replay knows how large rows are"
    # Once for the events, and once for what was worked out of them anew.
    assert list(rows) == [(2, 1, 2), (1, 1, 2), (2, 1, 2), (9, 1, 2)]
    assert Day.objects.get(day="2026-03-09").watermark.isoformat() == "2026-03-09T00:00:00+00:00"


def test_group_taken_apart_after_three_deaths_stores_each_event_once(acme, globex, clickhouse):
    send(acme, *mixed())
    send(acme, view(event_id="b"), view(event_id="c"))
    send(globex, view(event_id="a"))
    at = NOW
    for _ in range(groups.DEATHS_LIMIT):
        engine = DyingEngine(clickhouse, "event_ids", after=True)
        with pytest.raises(Died):
            storing.work_once(engine, owner=OWNER, clock=at_time(at), lease=LEASE)
        at += LEASE + timedelta(seconds=1)
    assert work(clickhouse, at) == 3
    assert sorted(stored(clickhouse, acme)) == ["", "", "a", "b", "c"]
    assert stored(clickhouse, globex) == ["a"]


def test_group_taken_apart_after_its_insert_landed_stores_nothing_twice(acme, clickhouse):
    send(acme, *mixed())
    send(acme, view(), view())
    die(clickhouse, "before commit")
    InsertGroup.objects.update(deaths=groups.DEATHS_LIMIT)
    assert work(clickhouse, EXPIRED) == 2
    assert len(stored(clickhouse, acme)) == 6
    assert sum(Day.objects.values_list("rows", flat=True)) == 6


def test_bad_batch_is_set_aside_and_blocks_nobody(acme, globex, clickhouse):
    send(acme, view(event_id="poison"))
    Batch.objects.update(payload=b"no payload at all")
    send(acme, view(event_id="good"))
    send(globex, view(event_id="other"))
    at = NOW
    for _ in range(3 * groups.DEATHS_LIMIT):
        work(clickhouse, at)
        at += LEASE
    assert stored(clickhouse, acme) == ["good"]
    assert stored(clickhouse, globex) == ["other"]
    bad = Batch.objects.get(state="rejected")
    assert bytes(bad.payload) == b"no payload at all"
    assert "3 attempts" in bad.reason
    assert not Lane.objects.exclude(group=None).exists()


@pytest.mark.parametrize("table", ["event_ids", "analytics_events"])
@pytest.mark.parametrize("error", [SourceUnavailable, SourceTimeout, QueryCancelled])
def test_engine_out_of_reach_is_never_held_against_a_batch(acme, clickhouse, table, error):
    send(acme, view(event_id="a"))
    away = DyingEngine(clickhouse, table, after=False, error=error)
    at = NOW
    for _ in range(10):
        assert not storing.work_once(away, owner=OWNER, clock=at_time(at), lease=LEASE)
        at += LEASE
    assert work(clickhouse, at) == 1
    assert stored(clickhouse, acme) == ["a"]


def test_same_id_is_stored_once_in_one_batch_in_one_group_and_across_groups(acme, clickhouse):
    send(acme, view(event_id="a"), view(event_id="a"))
    send(acme, view(event_id="a"), view(event_id="b"))
    assert work(clickhouse) == 1
    send(acme, view(event_id="a"), view(event_id="b"), view(event_id="c"))
    assert work(clickhouse) == 1
    assert stored(clickhouse, acme) == ["a", "b", "c"]


def test_same_id_from_two_organizations_is_two_events(acme, globex, clickhouse):
    send(acme, view(event_id="a"))
    send(globex, view(event_id="a"))
    work(clickhouse)
    assert stored(clickhouse, acme) == stored(clickhouse, globex) == ["a"]


def test_events_without_an_id_are_never_repeats(acme, clickhouse):
    send(acme, view(), view())
    send(acme, view())
    work(clickhouse)
    assert len(stored(clickhouse, acme)) == 3


@pytest.mark.parametrize(("hours", "count"), [(23.99, 1), (24, 2)])
def test_repeat_is_judged_by_arrival_not_by_event_time(acme, clickhouse, hours, count):
    send(acme, view(event_id="a", event_time="2026-03-01T00:00:00Z"))
    work(clickhouse)
    later = NOW + timedelta(hours=hours)
    send(acme, view(event_id="a", event_time="2026-03-01T00:00:00Z"), at=later)
    work(clickhouse, later)
    assert len(stored(clickhouse, acme)) == count


def test_repeats_count_from_the_event_that_was_kept(acme, clickhouse):
    for hours in (0, 20, 30):
        send(acme, view(event_id="a"), at=NOW + timedelta(hours=hours))
        work(clickhouse, NOW + timedelta(hours=hours))
    assert len(stored(clickhouse, acme)) == 2


IDS = st.sampled_from([None, "a", "b", "c"])
BATCHES = st.lists(st.lists(IDS, min_size=1, max_size=4), min_size=1, max_size=5)
WORDS = st.lists(st.sampled_from([*DEATHS, None]), max_size=3)


@given(batches=BATCHES, faults=st.lists(WORDS, min_size=5, max_size=5))
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_any_order_of_batches_and_deaths_stores_each_event_once(acme, clickhouse, batches, faults):
    before = len(stored(clickhouse, acme))
    Batch.objects.all().delete()
    seen: set[str] = set()
    newest = Day.objects.filter(organization_id=acme.pk).aggregate(at=Max("watermark"))["at"]
    at = (newest or NOW) + timedelta(hours=30)
    expected = 0
    for ids, deaths in zip(batches, faults, strict=False):
        expected += sum(1 for name in ids if name is None)
        expected += len({name for name in ids if name} - seen)
        seen |= {name for name in ids if name}
        send(acme, *[view(event_id=name) for name in ids], at=at)
        for death in deaths:
            if InsertGroup.objects.filter(state="open", deaths=groups.DEATHS_LIMIT - 1).exists():
                at += LEASE
                work(clickhouse, at)
            elif death is not None:
                table, after = DEATHS[death]
                engine = DyingEngine(clickhouse, table, after=after)
                try:
                    storing.work_once(engine, owner=OWNER, clock=at_time(at), lease=LEASE)
                except Died:
                    at += LEASE + timedelta(seconds=1)
    for _ in range(6):
        at += LEASE
        work(clickhouse, at)
    assert not Batch.objects.exclude(state="stored").exists()
    assert len(stored(clickhouse, acme)) - before == expected
