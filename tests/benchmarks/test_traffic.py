"""Generated traffic: the same for the same seed, whole however often it is written, skewed."""

import uuid
from itertools import pairwise

import pytest

from tests.benchmarks.traffic import parameters, statement
from tests.benchmarks.traffic.pieces import pieces
from warehouse.sql.statement import Statement

ROWS, ORGANIZATIONS, VISITORS = 20_000, 5, 1_000


@pytest.fixture
def table(clickhouse):
    """A table like that of the events, for one test."""
    name = f"trellis.traffic_{uuid.uuid4().hex}"
    clickhouse.command(Statement(f"CREATE TABLE {name} AS trellis.analytics_events"))
    yield name
    clickhouse.command(Statement(f"DROP TABLE {name} SYNC"))


def write(clickhouse, table, seed=1):
    for piece in pieces(0, ROWS, 14, seed):
        values = parameters.of_piece(piece, ORGANIZATIONS, VISITORS)
        clickhouse.command(statement.piece(table, values))


def ask(clickhouse, table, columns):
    return clickhouse.run(Statement(" ".join(("SELECT", columns, "FROM", table))), tag="test").rows[
        0
    ]


def test_a_piece_written_again_counts_once(clickhouse, table):
    write(clickhouse, table)
    print_of_all = "count(), uniqExact(event_id), sum(cityHash64(*))"
    once = ask(clickhouse, table, print_of_all)
    assert once[0] == once[1] == pytest.approx(ROWS, rel=0.05)
    write(clickhouse, table)
    assert ask(clickhouse, table, print_of_all) == once
    write(clickhouse, table, seed=2)
    assert ask(clickhouse, table, "uniqExact(event_id)")[0] > once[0] * 1.8


def test_half_is_one_organization_and_visitors_are_skewed(clickhouse, table):
    write(clickhouse, table)
    big = parameters.organization_id(0)
    found = ask(
        clickhouse,
        table,
        f"countIf(organization_id = '{big}') / count(), uniqExact(organization_id),"
        " avg(is_bot), countIf(conversion_value > 0) / count(),"
        " min(received_at >= event_time), uniqExactIf(visitor_id, is_bot = 0)",
    )
    share, organizations, bots, sales, in_order, visitors = found
    assert share == pytest.approx(0.5, abs=0.05)
    assert organizations == ORGANIZATIONS
    assert 0.01 < bots < 0.06
    assert 0.001 < sales < 0.01
    assert in_order
    assert 0.5 * VISITORS < visitors <= VISITORS


def test_times_rise_within_a_session(clickhouse, table):
    write(clickhouse, table)
    times = ("SELECT groupArray(event_time) AS times FROM", table)
    sessions = ("(", *times, "WHERE session_id != '' GROUP BY session_id)")
    wrong = "SELECT countIf(length(times) != length(arrayDistinct(times))) FROM"
    orders = Statement(" ".join((wrong, *sessions)))
    assert clickhouse.run(orders, tag="test").rows == [(0,)]


def test_a_layer_is_cut_without_gaps():
    first = list(pieces(3, 30_000_000, 92, 1))
    for before, after in pairwise(first):
        assert after.first == before.first + before.count
        assert after.day >= before.day
    assert sum(piece.count for piece in first) * 4 == pytest.approx(30_000_000, rel=0.001)
    assert any(piece.parts > 1 for piece in pieces(3, 300_000_000, 92, 1))
