"""A bad connection, a bad server, a bad replica: retried, failed in time, never cut short."""

import threading
import time
import uuid
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tests.clickhouse_server import Server
from tests.warehouse.proxy import Proxy, answer, cut, garble, lose_answer, reset, stall
from tests.warehouse.waiting import eventually
from warehouse import exceptions
from warehouse.schema.events import EVENT_IDS
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sources.retries import TRIES
from warehouse.sql.statement import Statement

ONE = Statement("SELECT 1")
MANY = Statement("SELECT number, toString(number) FROM numbers(300000)")
OVERLOADED = b"Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY)"


@pytest.fixture
def proxy(http_engine, clickhouse_server):
    """A bad connection to the server, which has its schema."""
    del http_engine
    proxy = Proxy(clickhouse_server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def engine(proxy):
    """The event store over the bad connection."""
    engine = ClickHouse.open(proxy.url)
    yield engine
    engine.close()


def read_all(engine, **more):
    with engine.stream(MANY, tag="t", **more) as blocks:
        return sum(map(len, blocks)), blocks.finished


@pytest.mark.parametrize(
    "fault",
    [answer(503), answer(429), answer(502), answer(504), answer(500), reset, lose_answer, cut(150)],
    ids=["503", "429", "502", "504", "500", "reset", "lost", "cut"],
)
def test_a_read_that_failed_before_its_first_row_is_tried_again(engine, proxy, fault):
    proxy.faults += [fault, fault]
    assert engine.run(ONE, tag="t").rows == [(1,)]
    assert proxy.seen == 3
    proxy.faults += [fault]
    with engine.stream(ONE, tag="t") as blocks:
        assert list(blocks) == [[(1,)]]
    assert proxy.seen == 5


@pytest.mark.parametrize("at", [0, 10, 400, 20_000, 300_000, 900_000])
def test_an_answer_cut_anywhere_is_whole_or_an_error(engine, proxy, at):
    proxy.faults += [cut(at)] * TRIES
    with pytest.raises(exceptions.SourceUnavailable):
        engine.run(MANY, tag="t")
    assert proxy.seen == TRIES
    proxy.faults += [cut(at)] * TRIES
    with pytest.raises(exceptions.SourceUnavailable):
        read_all(engine)
    proxy.faults.clear()
    assert read_all(engine) == (300_000, True)
    assert len(engine.run(MANY, tag="t").rows) == 300_000


def test_rows_that_were_handed_on_are_not_read_again(engine, proxy):
    def read():
        with engine.stream(Statement("SELECT number FROM numbers(9000000)"), tag="t") as blocks:
            next(blocks)
            before = proxy.seen
            sum(map(len, blocks))
            return before

    proxy.faults += [cut(8_000_000)]
    with pytest.raises(exceptions.SourceUnavailable):
        read()
    assert proxy.seen == 1


def test_a_stalled_server_is_noticed_in_time(engine, proxy):
    proxy.faults += [stall]
    began = time.monotonic()
    with pytest.raises(exceptions.SourceTimeout):
        engine.run(ONE, tag="t", timeout_seconds=0.5)
    assert time.monotonic() - began < 4
    assert proxy.seen == 1


def test_retries_end_with_the_time_given(engine, proxy):
    proxy.faults += [answer(503)] * 10
    began = time.monotonic()
    with pytest.raises(exceptions.SourceUnavailable):
        engine.run(ONE, tag="t", timeout_seconds=0.2)
    assert time.monotonic() - began < 1
    assert proxy.seen < TRIES


def test_what_does_not_pass_is_not_tried_again(engine, proxy):
    with pytest.raises(exceptions.QueryRejected):
        engine.run(Statement("SELECT nothing_of_that_name"), tag="t")
    assert proxy.seen == 1


def test_a_kill_ends_the_retries(engine, proxy, monkeypatch):
    monkeypatch.setattr("warehouse.sources.retries.FIRST_PAUSE_SECONDS", 20)
    monkeypatch.setattr("warehouse.sources.retries.LONGEST_PAUSE_SECONDS", 20)
    tag, ended = str(uuid.uuid4()), []

    def work():
        try:
            engine.run(ONE, tag=tag, timeout_seconds=60)
        except exceptions.WarehouseError as error:
            ended.append(type(error))

    proxy.faults += [answer(503)] * TRIES
    thread = threading.Thread(target=work)
    thread.start()
    eventually(lambda: proxy.seen)
    engine.kill(tag)
    thread.join(5)
    assert ended == [exceptions.QueryCancelled]
    assert proxy.seen == 1


@pytest.mark.parametrize("fault", [reset, lose_answer, answer(503)], ids=["reset", "lost", "503"])
def test_an_insert_that_was_lost_is_repeated_and_counts_once(http_engine, clickhouse_server, fault):
    organization = str(uuid.uuid4())
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    row = {"organization_id": organization, "id_hash": 1, "batch_id": "b", "received_at": moment}
    proxy = Proxy(clickhouse_server.port, word=b"insert_deduplication_token")
    engine = ClickHouse.open(proxy.url)
    proxy.faults += [fault, fault]
    engine.insert("event_ids", pa.Table.from_pylist([row], EVENT_IDS), token=str(uuid.uuid4()))
    engine.close()
    proxy.close()
    assert proxy.seen == 3
    text = "SELECT count() FROM trellis.event_ids WHERE organization_id = {o:String}"
    assert http_engine.run(Statement(text, {"o": organization}, (organization,)), tag="t").rows == [
        (1,)
    ]


@pytest.fixture
def replica():
    """A second server."""
    server = Server()
    server.start()
    yield server
    server.close()


HOST = Statement("SELECT path FROM system.disks WHERE name = 'default'")


def test_reads_take_turns_and_another_replica_takes_over(clickhouse_server, replica):
    engine = ClickHouse.open(f"{clickhouse_server.url},{replica.url}")
    assert len({engine.run(HOST, tag="t").rows[0] for _ in range(4)}) == 2
    assert len({engine.run(HOST, tag="t", first=True).rows[0] for _ in range(4)}) == 1
    replica.kill()
    assert len({engine.run(HOST, tag="t").rows[0] for _ in range(6)}) == 1
    assert engine.running() == {}
    engine.kill("nobody")
    engine.close()


def test_a_replica_that_dies_while_reading_is_replaced(http_engine, clickhouse_server):
    del http_engine
    bad, good = Proxy(clickhouse_server.port), Proxy(clickhouse_server.port)
    engine = ClickHouse.open(f"{clickhouse_server.url},{bad.url},{good.url}")
    bad.faults += [cut(300_000)] * 10
    for _ in range(3):
        assert read_all(engine) == (300_000, True)
    assert bad.seen == 1
    engine.close()
    bad.close()
    good.close()


def test_a_query_is_seen_and_killed_on_whichever_server_runs_it(clickhouse_server, replica):
    engine = ClickHouse.open(f"{clickhouse_server.url},{replica.url}")
    text = "SELECT sum(sleepEachRow(0.001)) FROM numbers(10000000) SETTINGS max_block_size = 100"
    tags, ended = [str(uuid.uuid4()) for _ in range(2)], []

    def work(tag):
        try:
            engine.run(Statement(text), tag=tag, timeout_seconds=60)
        except exceptions.WarehouseError as error:
            ended.append(type(error))

    threads = [threading.Thread(target=work, args=(tag,)) for tag in tags]
    for thread in threads:
        thread.start()
    eventually(lambda: set(tags) <= set(engine.running()))
    for tag in tags:
        engine.kill(tag)
    for thread in threads:
        thread.join(10)
    assert ended == [exceptions.QueryCancelled] * 2
    engine.close()


def test_no_more_connections_are_open_than_allowed(clickhouse_server, replica):
    engine = ClickHouse.open(f"{clickhouse_server.url},{replica.url}")
    pools = (engine._readers, engine._writers, engine._controls)
    assert sum(pool.size for pool in pools) == 25

    def work():
        engine.run(ONE, tag="t")
        engine.command(Statement("CREATE DATABASE IF NOT EXISTS trellis"))

    engine.running()
    threads = [threading.Thread(target=work) for _ in range(40)]
    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, sum(pool.open for pool in pools))
    assert 3 < most <= 25
    engine.close()


@pytest.mark.parametrize("seed", range(8))
def test_a_garbled_answer_raises_nothing_but_errors_of_ours(engine, proxy, seed):
    proxy.faults += [garble(seed)] * TRIES
    with pytest.raises(exceptions.SourceError):
        engine.run(MANY, tag="t", timeout_seconds=5)
