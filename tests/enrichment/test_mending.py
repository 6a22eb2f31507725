"""Sessions and rollups hold what the events say, whatever died between the two."""

import threading
from datetime import timedelta

import pytest

from enrichment import groups, marks, mending, storing
from enrichment.models import Batch, InsertGroup
from tests.engine import rows
from tests.enrichment.senders import LEASE, NOW, OWNER, send, view, work
from tests.enrichment.test_storing import EXPIRED, Died, DyingEngine, at_time, mixed
from tests.warehouse.derived import expected, rolled_up, standing, summed_up
from tests.warehouse.waiting import eventually
from warehouse import days
from warehouse.exceptions import (
    LimitExceeded,
    QueryCancelled,
    QueryRejected,
    SourceUnavailable,
    WarehouseError,
)
from warehouse.language.query import Window
from warehouse.models import Day
from warehouse.sql.statement import Statement

MARCH = Window(NOW.replace(day=1, hour=0), NOW.replace(day=31, hour=0))


LOSE = (
    "ALTER TABLE trellis.rollup_{} DELETE WHERE organization_id IN {{names:Array(String)}}"
    " SETTINGS mutations_sync = 2"
)


LONG = Statement(
    "INSERT INTO FUNCTION null('n UInt8') SELECT sleepEachRow(0.001) FROM numbers(10000000)"
    " SETTINGS max_block_size = 100"
)


class UnfedEngine(DyingEngine):
    """An engine that dies when the events are there and nothing that follows from them."""

    def insert(self, table, rows, *, token):
        if table == "session_ranges":
            raise Died
        self._engine.insert(table, rows, token=token)


class ForgetfulFeeds(UnfedEngine):
    """An engine that dies when the events are there, but the rollups lack a part."""

    def insert(self, table, rows, *, token):
        if table == "analytics_events":
            self._engine.insert(table, rows, token=token)
            names = rows["organization_id"].unique().to_pylist()
            for rollup in ("content_15m", "audience_1d"):
                self._engine.command(Statement(LOSE.format(rollup), {"names": names}))
            raise Died
        self._engine.insert(table, rows, token=token)


def whole(clickhouse, *organizations):
    """Tell whether everything that is worked out of the events is right."""
    names = [one.pk for one in organizations]
    assert standing(clickhouse, *names) == expected(clickhouse, *names)
    assert rolled_up(clickhouse, *names) == summed_up(clickhouse, *names)
    assert expected(clickhouse, *names)
    return True


def test_first_attempt_needs_no_mending(acme, clickhouse):
    send(acme, *mixed())
    work(clickhouse)
    assert whole(clickhouse, acme)
    assert not marks.due()
    assert days.rolled_up(str(acme.pk))


@pytest.mark.parametrize("engine", [UnfedEngine, ForgetfulFeeds])
def test_death_between_events_and_what_follows_is_mended(acme, globex, clickhouse, engine):
    send(acme, *mixed())
    send(globex, *mixed())
    with pytest.raises(Died):
        storing.work_once(
            engine(clickhouse, "", after=False), owner=OWNER, clock=at_time(NOW), lease=LEASE
        )
    work(clickhouse, EXPIRED)
    assert whole(clickhouse, acme, globex)
    assert days.rolled_up(str(acme.pk))


def test_days_of_a_retry_are_marked_before_it_stores_and_until_they_are_mended(acme, clickhouse):
    send(acme, *mixed())
    dying = UnfedEngine(clickhouse, "", after=False)
    for number in range(2):
        at = NOW + number * (LEASE + timedelta(seconds=1))
        assert days.rolled_up(str(acme.pk), [MARCH])
        with pytest.raises(Died):
            storing.work_once(dying, owner=OWNER, clock=at_time(at), lease=LEASE)
    assert not days.rolled_up(str(acme.pk), [MARCH])
    assert days.watermark(str(acme.pk), MARCH) is None, "nothing is declared stored yet"
    work(clickhouse, NOW + 3 * LEASE)
    assert days.rolled_up(str(acme.pk), [MARCH])
    assert whole(clickhouse, acme)


def test_events_from_before_there_were_rollups_are_rolled_up_piece_by_piece(
    acme, clickhouse, monkeypatch
):
    monkeypatch.setattr(mending, "PIECE_ROWS", 2)
    _old(acme, clickhouse)
    assert standing(clickhouse, acme.pk) == []
    assert marks.due()
    work(clickhouse)
    assert whole(clickhouse, acme)
    assert set(Day.objects.values_list("rolled_up", flat=True)) == {True}
    assert not InsertGroup.objects.filter(state="open").exists()


def test_newest_days_are_rolled_up_first(acme, clickhouse, monkeypatch):
    monkeypatch.setattr(mending, "PIECE_ROWS", 2)
    _old(acme, clickhouse)
    assert mending.mend_once(clickhouse, owner=OWNER, clock=at_time(NOW), lease=LEASE)
    rolled = Day.objects.filter(rolled_up=True).values_list("day", flat=True)
    assert list(rolled) == [(NOW + timedelta(days=4)).date()]


def _old(organization, clickhouse):
    """Rows and days as they are after an upgrade: stored, and never followed."""
    common = {"organization_id": str(organization.pk), "visitor_id": "v", "page_views": 1}
    times = [NOW + timedelta(hours=10, minutes=20 * number) for number in range(12)]
    times += [NOW + timedelta(days=number) for number in range(5)]
    table = rows([common | {"event_time": time} for time in times])
    clickhouse.insert("analytics_events", table, token=str(organization.pk))
    counts = {
        (str(organization.pk), time.date()): days.DayCount(2, 60, time) for time in sorted(times)
    }
    days.record(counts)
    days.distrust(counts)


def test_who_dies_while_mending_leaves_the_rest_to_the_next(acme, clickhouse):
    _old(acme, clickhouse)
    send(acme, view())

    class Dying(UnfedEngine):
        def command(self, *args, **kwargs):
            raise Died

    dying = Dying(clickhouse, "", after=False)
    with pytest.raises(Died):
        storing.work_once(dying, owner=OWNER, clock=at_time(NOW), lease=LEASE)
    assert work(clickhouse) == 0, "the lane is held until the lease ends"
    work(clickhouse, EXPIRED)
    assert whole(clickhouse, acme)
    assert Batch.objects.get().state == "stored"


def test_mending_that_fails_holds_up_no_intake(acme, clickhouse):
    _old(acme, clickhouse)
    send(acme, view())

    class Refusing(UnfedEngine):
        def insert(self, table, rows, *, token):
            self._engine.insert(table, rows, token=token)

        def command(self, statement, **more):
            if "rollup" in statement.text:
                raise ValueError
            self._engine.command(statement, **more)

    refusing = Refusing(clickhouse, "", after=False)
    assert storing.work_once(refusing, owner=OWNER, clock=at_time(NOW), lease=LEASE)
    assert not days.rolled_up(str(acme.pk))
    work(clickhouse, EXPIRED)
    assert Batch.objects.get().state == "stored"
    assert whole(clickhouse, acme)


def test_days_that_cannot_be_rolled_up_are_in_nobody_elses_way(acme, globex, clickhouse):
    _old(acme, clickhouse)
    _old(globex, clickhouse)

    class Refusing(UnfedEngine):
        def command(self, statement, **more):
            if str(acme.pk) in statement.parameters.values():
                raise ValueError
            self._engine.command(statement, **more)

        def insert(self, table, rows, *, token):
            self._engine.insert(table, rows, token=token)

    refusing = Refusing(clickhouse, "", after=False)
    for _ in range(100):
        mending.mend_once(refusing, owner=OWNER, clock=at_time(NOW), lease=LEASE)
        if days.rolled_up(str(globex.pk)):
            break
    assert whole(clickhouse, globex)
    assert not days.rolled_up(str(acme.pk))


@pytest.mark.parametrize("error", [QueryRejected, SourceUnavailable, LimitExceeded])
def test_sessions_that_cannot_be_counted_hold_up_nobody(acme, globex, clickhouse, error):
    send(acme, *mixed())
    send(globex, *mixed())
    refusing = DyingEngine(clickhouse, "session_ranges", after=False, error=error)
    assert storing.work_once(refusing, owner=OWNER, clock=at_time(NOW), lease=LEASE)
    assert set(Batch.objects.values_list("state", flat=True)) == {"stored"}
    assert not days.rolled_up(str(acme.pk))
    assert not days.rolled_up(str(globex.pk))
    work(clickhouse)
    assert days.rolled_up(str(acme.pk))
    assert whole(clickhouse, acme, globex)


def test_what_a_dead_worker_left_running_is_ended_before_days_are_mended(acme, clickhouse):
    _old(acme, clickhouse)
    tag = f"mend:{acme.pk}"
    ended: list[type] = []
    thread = threading.Thread(target=_orphan, args=(clickhouse, tag, ended))
    thread.start()
    eventually(lambda: tag in clickhouse.running())
    work(clickhouse)
    thread.join(10)
    assert ended == [QueryCancelled]
    assert whole(clickhouse, acme)


def _orphan(clickhouse, tag, ended):
    try:
        clickhouse.command(LONG, tag=tag)
    except WarehouseError as error:
        ended.append(type(error))


def test_lane_in_use_is_not_mended(acme, clickhouse):
    _old(acme, clickhouse)
    send(acme, view())
    assert groups.claim(owner=OWNER, now=NOW, lease=LEASE)
    assert not marks.due()
    assert groups.hold(acme.pk, owner=OWNER, now=NOW, lease=LEASE) is None
