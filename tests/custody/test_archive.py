"""Months in the archive are read, erased, exported and added to like any others."""

import io
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clickhouse_server import Server
from tests.custody.stations import Station
from tests.custody.test_retention import forgotten, keeping
from tests.custody.test_takeout import ask as take_out
from tests.custody.test_takeout import opened
from tests.custody.test_visitor import ACTOR, physical, removed, right
from tests.custody.test_visitor import ask as erase
from tests.discovery.builders import done, draft
from tests.engine import store
from tests.enrichment.senders import NOW, send, stored, view
from tests.thorough import examples
from tests.warehouse import asking
from tests.warehouse.checked import Checked
from tests.warehouse.studies import asking as studying
from warehouse.custody import orders
from warehouse.custody.archive import PAUSE, Archivist, archive, first_month
from warehouse.exceptions import SourceUnavailable
from warehouse.models import ArchivedMonth
from warehouse.schema.apply import apply
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sources.cold import DOCUMENT
from warehouse.sql import archiving

MONTHS = (202601, 202602, 202603)
JANUARY, FEBRUARY = "2026-01-31T23:50:00Z", "2026-02-01T00:10:00Z"
SPAN = {"time_range": {"start": "2026-01-01", "end": "2026-03-09"}}
STEPS = [{"event": "page_view"}, {"event": "purchase"}]
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"metrics": ["events", "visitors", "revenue"], "dimensions": ["path"]},
    {"metrics": ["sessions", "bounce_rate"], "dimensions": ["landing_page"]},
    {
        "metrics": ["events"],
        "granularity": "day",
        "filters": [{"field": "path", "operator": "eq", "value": "/a"}],
    },
)
STUDIES: dict[str, dict[str, Any]] = {
    "funnel": {"steps": STEPS},
    "cohorts": {"cohort_type": "monthly"},
    "attribution": {"dimension": "path"},
}


@pytest.fixture(scope="module")
def tiered_engine(tmp_path_factory):
    """A server whose configuration names a cold volume, as docs/archive.md shows."""
    folder = tmp_path_factory.mktemp("cold")
    text = DOCUMENT.format(policy=archiving.POLICY, volume=archiving.VOLUME, folder=folder)
    server = Server(text)
    server.start()
    engine = ClickHouse.open(server.url)
    apply(engine)
    yield engine
    engine.close()
    server.close()


@pytest.fixture(params=["embedded", "tiered"])
def each_station(request, db, wired, results):
    """A worker on either engine, both with an archive."""
    return Station(request.getfixturevalue(f"{request.param}_engine"), wired)


def travels():
    """Events of three months, a session over the end of one, and a purchase after a month."""
    return [
        view(event_id="a", event_time=JANUARY, url="https://x.example/a"),
        view(event_id="b", event_time=FEBRUARY, url="https://x.example/b"),
        view(event_id="c", event_time=FEBRUARY, visitor_id="v2", url="https://x.example/a"),
        view(
            event_id="d", event_time="2026-03-01T09:00:00Z", visitor_id="v2",
            event_name="purchase", conversion_value=5,
        ),
    ]  # fmt: skip


def archived(station, before=202603):
    """Archive the months before one; returns what the engine says the archive holds."""
    archive(station.clickhouse, before=before, now=station.now)
    assert station.clickhouse.ask(archiving.due(before)) == []
    held = station.clickhouse.ask(archiving.HELD)
    found = ArchivedMonth.objects.order_by("month").values_list("month", "rows", "bytes")
    assert list(found) == [tuple(map(int, row)) for row in held]
    return {int(month): int(rows) for month, rows, _ in held}


def answers(station, organization):
    """What the organization is told by questions and studies over all three months."""
    owner, source = str(organization.pk), Checked(station.clickhouse)
    told = [asking.ask(station.clickhouse, owner, now=NOW, **SPAN, **one) for one in QUESTIONS]
    told += [
        studying.ask(source, kind, owner, now=NOW, **SPAN, **body) for kind, body in STUDIES.items()
    ]
    return [(one["rows"], one["meta"]["row_count"]) for one in told]


def test_a_campaign_reaches_back_into_the_archive(each_station, acme):
    station = each_station
    send(acme, *travels())
    station.store()
    archived(station)
    before = answers(station, acme)
    rule = [{"field": "visitor_id", "operator": "eq", "value": "v1"}]
    campaign = draft(acme, filters=rule, **SPAN)
    done(station, campaign, "apply")
    assert stored(station.clickhouse, acme, "campaign_id") == ["spring-sale"] * 2 + [""] * 2
    right(station, acme)
    due = station.clickhouse.ask(archiving.due(202603))
    assert due == [], "what is changed stays in the archive"
    done(station, campaign, "undo")
    assert answers(station, acme) == before


def test_what_is_archived_is_answered_as_before(each_station, acme, globex):
    station = each_station
    for organization in (acme, globex):
        send(organization, *travels())
    station.store()
    before = answers(station, acme), answers(station, globex)
    assert all(rows for rows, _ in before[0]), "a question of nothing proves nothing"
    held = archived(station)
    assert held[202601] >= 2
    assert held[202602] >= 4
    assert 202603 not in held
    assert (answers(station, acme), answers(station, globex)) == before
    right(station, acme, globex)


def test_whoever_reads_while_months_move_finds_each_row_once(each_station, acme):
    station, counts, ended = each_station, [], threading.Event()
    year = [f"2025{month:02}" for month in range(1, 13)]
    times = [f"{month[:4]}-{month[4:]}-15T00:00:00Z" for month in year]
    send(acme, *(view(event_id=time, event_time=time) for time in times))
    station.store()

    def read():
        while not ended.is_set():
            counts.append(len(stored(station.clickhouse, acme)))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for month in year:
            assert int(month) in archived(station, int(month) + 1)
    finally:
        ended.set()
        reader.join()
    assert set(counts) == {len(year)}


@settings(
    max_examples=examples(4, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.sampled_from([*MONTHS, "send"]), max_size=5))
def test_any_order_of_archiving_and_late_events_comes_to_the_same(station, acme, steps):
    def now_holds():
        return len(stored(station.clickhouse, acme))

    for step in steps:
        count = now_holds()
        if step == "send":
            late = [{**event, "event_id": f"{count}-{event['event_id']}"} for event in travels()]
            send(acme, *late)
            station.store()
            assert now_holds() == count + len(late)
        else:
            told = answers(station, acme)
            archived(station, step)
            assert now_holds() == count
            assert answers(station, acme) == told
    right(station, acme)


def test_late_events_join_their_sessions_and_follow_into_the_archive(each_station, acme):
    station = each_station
    send(acme, *travels())
    station.store()
    before = archived(station)
    send(acme, view(event_id="late", event_time="2026-01-31T23:55:00Z"))
    station.store()
    assert "late" in stored(station.clickhouse, acme)
    right(station, acme)
    assert archived(station)[202601] == before[202601] + 1


def test_a_visitor_in_the_archive_is_erased(each_station, acme):
    station = each_station
    send(acme, *travels())
    station.store()
    archived(station)
    errand = station.done(erase(acme))
    assert removed(errand)["clickhouse.analytics_events"] == 2
    assert errand.receipt["left"] == 0
    assert physical(station, acme) == 0
    assert stored(station.clickhouse, acme) == ["c", "d"]
    right(station, acme)


def test_an_organization_in_the_archive_is_erased_and_no_other(each_station, acme, globex):
    station = each_station
    for organization in (acme, globex):
        send(organization, *travels())
    station.store()
    archived(station)
    errand = station.done(
        orders.erase_organization(acme, confirmation=acme.slug, actor=ACTOR, now=NOW)
    )
    assert errand.receipt["left"] == 0
    assert stored(station.clickhouse, acme) == []
    assert len(stored(station.clickhouse, globex)) == 4


def test_retention_forgets_in_the_archive(each_station, acme):
    station = each_station
    keeping(acme, 20)
    send(acme, *travels())
    station.store()
    archived(station)
    assert removed(forgotten(station))["clickhouse.analytics_events"] == 3
    assert stored(station.clickhouse, acme) == ["d"]
    right(station, acme)


def test_an_export_holds_what_is_archived(each_station, results, acme):
    station = each_station
    send(acme, *travels())
    station.store()
    archived(station)
    with opened(results, station.done(take_out(acme))) as export:
        january = pq.read_table(io.BytesIO(export.read("events/2026-01.parquet")))
    assert january["event_id"].to_pylist() == ["a"]


def test_months_are_due_when_all_of_them_is_older():
    assert first_month(24, datetime(2026, 11, 29, tzinfo=UTC)) == 202411
    assert first_month(24, datetime(2026, 1, 1, tzinfo=UTC)) == 202401
    assert first_month(1, datetime(2026, 1, 31, tzinfo=UTC)) == 202512
    assert first_month(25, datetime(2026, 12, 1, tzinfo=UTC)) == 202411


def test_a_worker_looks_once_an_hour_and_never_when_told_so(station, acme):
    send(acme, view(event_time="2026-02-01T00:00:00Z"))
    station.store()
    assert not Archivist(station.clickhouse, 0, station.clock).work_once()
    archivist = Archivist(station.clickhouse, 1, station.clock)
    archived(station, 202602)
    assert archivist.due()
    archivist.work_once()
    assert not archivist.due()
    assert not archivist.work_once()
    station.now += PAUSE + timedelta(seconds=1)
    assert archivist.due()


def test_a_server_without_a_cold_volume_keeps_all_and_says_so(http_engine, db, caplog):
    old = {"organization_id": "old", "event_time": datetime(2020, 1, 1, tzinfo=UTC)}
    store(http_engine, [old | {"visitor_id": "v"}], counted=False)
    with caplog.at_level(logging.WARNING):
        assert archive(http_engine, before=202002, now=NOW) == 0
    assert "docs/archive.md" in caplog.text
    assert not ArchivedMonth.objects.exists()


def test_an_archive_is_named_by_a_whole_path(tmp_path):
    with pytest.raises(SourceUnavailable, match="absolute"):
        ClickHouse.open(f"chdb://{tmp_path}/engine?archive=cold")
