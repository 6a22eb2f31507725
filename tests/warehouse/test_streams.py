"""Answers in blocks: whole or failed, never cut short; in bounded memory; stopped when left."""

import threading
import time
import uuid
from decimal import Decimal

import pytest

from tests.warehouse.waiting import eventually
from warehouse import exceptions
from warehouse.sql.statement import Statement

MANY = "SELECT number AS n, toString(number) AS s FROM numbers(1000000)"
READS = (
    "SELECT count() FROM system.processes WHERE Settings['log_comment'] = {tag:String}"
    " OR startsWith(query_id, concat({tag:String}, '~'))"
)


def running(clickhouse, tag):
    return clickhouse.run(Statement(READS, {"tag": tag}), tag="look").rows[0][0]


def test_a_stream_is_the_answer_in_blocks(clickhouse):
    with clickhouse.stream(Statement(MANY), tag="t") as blocks:
        assert blocks.names == ("n", "s")
        assert blocks.types == ("UInt64", "String")
        sizes, total = [], 0
        for block in blocks:
            sizes.append(len(block))
            total += sum(n for n, _ in block)
    assert total == sum(range(1_000_000))
    assert max(sizes) < 100_000
    assert (blocks.rows_read, blocks.bytes_read) == (1_000_000, 8_000_000)
    assert blocks.elapsed_ms > 0


def test_what_was_read_before_the_first_row_is_exact(clickhouse):
    statement = Statement("SELECT number % 3 AS n, count() FROM numbers(1000000) GROUP BY n")
    with clickhouse.stream(statement, tag="t") as blocks:
        assert len(next(blocks)) == 3
        assert list(blocks) == []
    assert (blocks.rows_read, blocks.bytes_read) == (1_000_000, 8_000_000)


def test_a_long_stream_of_a_server_is_looked_at_on_its_way(http_engine):
    text = "SELECT number, number, number, number FROM numbers(20000000) LIMIT 12000000"
    with http_engine.stream(Statement(text), tag=str(uuid.uuid4())) as blocks:
        first = blocks.rows_read
        assert sum(map(len, blocks)) == 12_000_000
    assert first < blocks.rows_read <= 20_000_000


def test_a_stream_has_the_values_of_a_whole_answer(clickhouse):
    statement = Statement(
        "SELECT toDecimal64(1.5, 4), 7, 'x', NULL, 0.5, [1, 2], map('a', 'b'), {one:String}",
        {"one": "é'\\"},
    )
    whole = clickhouse.run(statement, tag="t")
    with clickhouse.stream(statement, tag="t") as blocks:
        assert list(blocks) == [whole.rows]
        assert (blocks.names, blocks.types) == (whole.names, whole.types)
    assert whole.rows == [(Decimal("1.5"), 7, "x", None, 0.5, [1, 2], {"a": "b"}, "é'\\")]
    assert (blocks.rows_read, blocks.bytes_read) == (whole.rows_read, whole.bytes_read)


def test_a_stream_without_rows_ends_at_once(clickhouse):
    with clickhouse.stream(Statement(f"{MANY} WHERE n < 0"), tag="t") as blocks:
        assert list(blocks) == []
        assert blocks.finished


def test_leaving_a_stream_early_stops_its_query(clickhouse):
    tag = str(uuid.uuid4())
    endless = Statement("SELECT number, toString(number) FROM numbers(100000000000)")
    with clickhouse.stream(endless, tag=tag) as blocks:
        next(blocks)
        assert running(clickhouse, tag)
        assert not blocks.finished
    eventually(lambda: not running(clickhouse, tag))
    assert clickhouse.run(Statement("SELECT 1"), tag="t").rows == [(1,)]


def test_an_error_of_the_reader_passes_through_and_stops_the_query(clickhouse):
    tag = str(uuid.uuid4())
    endless = Statement("SELECT number FROM numbers(100000000000)")

    def read():
        with clickhouse.stream(endless, tag=tag) as blocks:
            return 1 / (len(next(blocks)) * 0)

    with pytest.raises(ZeroDivisionError):
        read()
    eventually(lambda: not running(clickhouse, tag))


def test_a_stream_that_fails_half_way_is_not_complete(clickhouse):
    failing = "SELECT number, throwIf(number = 9000000) FROM numbers(10000000)"
    seen = []

    def read():
        with clickhouse.stream(Statement(failing), tag="t") as blocks:
            seen.append(blocks)
            seen.extend(map(len, blocks))

    with pytest.raises(exceptions.QueryRejected):
        read()
    assert 0 < sum(seen[1:]) < 10_000_000
    assert not seen[0].finished


def test_a_killed_stream_is_cancelled(clickhouse):
    tag, ended = str(uuid.uuid4()), []
    endless = Statement("SELECT number FROM numbers(100000000000)")

    def work():
        try:
            with clickhouse.stream(endless, tag=tag, timeout_seconds=60) as blocks:
                for _ in blocks:
                    pass
        except exceptions.WarehouseError as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    eventually(lambda: running(clickhouse, tag))
    clickhouse.kill(tag)
    thread.join(10)
    assert ended == [exceptions.QueryCancelled]


def test_a_stream_ends_at_its_time_limit_however_slow_its_reader(clickhouse):
    def read():
        endless = Statement("SELECT number FROM numbers(100000000000)")
        with clickhouse.stream(endless, tag="t", timeout_seconds=0.5) as blocks:
            return sum(map(len, blocks))

    began = time.monotonic()
    with pytest.raises(exceptions.SourceTimeout):
        read()
    assert time.monotonic() - began < 5


def test_reading_more_rows_than_allowed_is_refused(clickhouse):
    statement = Statement("SELECT max(number) FROM numbers(100000)")
    enough = clickhouse.run(statement, tag="t", max_rows_to_read=10_000_000)
    assert enough.rows == [(99_999,)]
    with pytest.raises(exceptions.LimitExceeded):
        clickhouse.run(statement, tag="t", max_rows_to_read=10)
    with (
        pytest.raises(exceptions.LimitExceeded),
        clickhouse.stream(statement, tag="t", max_rows_to_read=10),
    ):
        pass
