"""No question of one organization ever reads another's events, from whichever table."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import count
from tests.warehouse.asking import NOW, ask, rows, tell
from tests.warehouse.checked import check
from warehouse.exceptions import QueryRejected
from warehouse.language.parse import parse_query
from warehouse.planner.rollups import ROLLUPS
from warehouse.sql import walls
from warehouse.sql.compiled import compile_query
from warehouse.sql.statement import Statement

pytestmark = pytest.mark.django_db
# One question for each way to read, with the tables that must answer it.
QUESTIONS: dict[str, dict[str, Any]] = {
    "acquisition_1d": {"dimensions": ["source"], "metrics": ["events", "visitors"]},
    "acquisition_15m": {"dimensions": ["source", "hour_of_day"]},
    "campaigns_1d": {"dimensions": ["campaign_id", "source"], "metrics": ["visitors"]},
    "campaigns_15m": {"dimensions": ["campaign_id", "source", "hour_of_day"]},
    "audience_1d": {"dimensions": ["country"]},
    "audience_15m": {"dimensions": ["country"], "granularity": "hour"},
    "content_1d": {"dimensions": ["path"]},
    "content_15m": {"dimensions": ["path"], "granularity": "hour"},
    "events": {"dimensions": ["source", "properties.k"]},
    "sessions": {"dimensions": ["session_source"], "metrics": ["sessions", "bounce_rate"]},
    "events + sessions": {"dimensions": ["source", "properties.k"], "metrics": ["sessions"]},
    "acquisition_1d + sessions": {"metrics": ["visitors", "sessions"], "totals": True},
}
SHARED = {"visitor_id": "v", "session_id": "s", "click_id": "c", "event_id": "e"}


def test_there_is_a_question_for_every_rollup():
    assert {rollup.name for rollup in ROLLUPS} <= set(QUESTIONS)


@pytest.fixture(scope="module")
def both(clickhouse):
    """An event of Acme and two of Globex, told apart by what they say alone."""
    acme = tell(clickhouse, SHARED | saying("acme", "AA"))
    other = SHARED | saying("globex", "GG")
    globex = tell(clickhouse, other, other)
    count(clickhouse, acme, globex)
    return acme, globex


def saying(name, country):
    """Return fields that say the organization's name."""
    return {
        "source": name,
        "country": country,
        "campaign_id": name,
        "path": f"/{name}",
        "properties": {"k": name},
    }


@pytest.mark.parametrize("table", QUESTIONS)
def test_one_organization_never_sees_another(clickhouse, both, table):
    acme, globex = both
    found = {one: ask(clickhouse, one, **QUESTIONS[table]) for one in (acme, globex)}
    assert {one["meta"]["table"] for one in found.values()} == {table}
    assert "globex" not in str(found[acme]["rows"]).lower()
    assert "acme" not in str(found[globex]["rows"]).lower()
    assert rows(clickhouse, acme, metrics=["events", "visitors", "sessions"]) == [[1, 1, 1]]
    assert rows(clickhouse, globex, metrics=["events", "visitors", "sessions"]) == [[2, 1, 1]]


@pytest.mark.parametrize("table", QUESTIONS)
def test_an_organization_that_is_no_name_of_one_reads_nothing(clickhouse, both, table):
    acme, globex = both
    for hostile in (
        f"{acme}' OR organization_id = '{globex}",
        f"%{acme}%",
        "' OR 1=1 --",
        f"{acme}\x00",
    ):
        statement = compiled(hostile, QUESTIONS[table])
        check(statement)
        counts = [row[-1] for row in clickhouse.run(statement, tag="test").rows]
        assert not any(counts)
    with pytest.raises(ValueError, match="organization"):
        compiled("", QUESTIONS[table])


def compiled(organization, body):
    query = parse_query(body, organization=organization, timezone="UTC", now=NOW)
    return compile_query(query)[1]


@pytest.mark.parametrize("view", sorted({"events", "sessions", "whole_sessions", "content_1d"}))
def test_a_view_cannot_be_read_without_an_organization(clickhouse, view):
    with pytest.raises(QueryRejected):
        clickhouse.run(Statement(f"SELECT count() FROM trellis.{view}"), tag="test")


UNSCOPED = "SELECT count() FROM trellis.{}"


def test_a_statement_that_forgot_its_organization_reads_nobodys_rows(clickhouse, both):
    acme, globex = both
    for table in walls.OWNED:
        text = UNSCOPED.format(table)
        assert clickhouse.run(Statement(text), tag="test").rows == [(0,)], table
        with clickhouse.stream(Statement(text), tag="test") as blocks:
            assert [row for block in blocks for row in block] == [(0,)], table
        named = f"SELECT DISTINCT organization_id FROM trellis.{table}"
        for owners in [(acme,), (globex,), (acme, globex)]:
            found = clickhouse.run(Statement(named, {}, owners), tag="test").rows
            wanted = set() if table == "event_ids" else set(owners)
            assert {owner for (owner,) in found} == wanted, table


def test_the_second_wall_stands_in_the_views_joins_and_unions_too(clickhouse, both):
    acme, globex = both
    everyone = "SELECT organization_id FROM trellis.analytics_events"
    texts = [
        f"SELECT count() FROM trellis.events(organization_id = '{globex}')",
        f"SELECT countIf(organization_id != '{acme}') FROM ({everyone} UNION ALL {everyone})",
        f"WITH x AS ({everyone}) SELECT countIf(organization_id != '{acme}') FROM x",
        f"SELECT count() FROM ({everyone}) AS a JOIN ({everyone}) AS b"
        f" ON a.organization_id = b.organization_id WHERE b.organization_id != '{acme}'",
        f"SELECT (SELECT countIf(organization_id = '{globex}') FROM ({everyone}))",
    ]
    for text in texts:
        assert clickhouse.run(Statement(text, {}, (acme,)), tag="test").rows == [(0,)], text
    assert rows(clickhouse, acme) == [[1]]


def test_every_table_with_an_organization_is_behind_the_second_wall(clickhouse):
    text = (
        "SELECT table FROM system.columns WHERE database = 'trellis'"
        " AND name = 'organization_id' AND table NOT LIKE 'traffic\\_%' AND table IN"
        " (SELECT name FROM system.tables WHERE database = 'trellis' AND engine LIKE '%MergeTree')"
    )
    found = clickhouse.run(Statement(text), tag="test").rows
    assert {table for (table,) in found} == set(walls.OWNED)


@given(st.lists(st.text(max_size=20), max_size=3))
def test_no_id_breaks_out_of_the_second_wall(owners):
    said = walls.settings(owners)
    inner = said[walls.FILTERS].replace("\\'", "")
    assert set(inner) <= set(string.ascii_letters + string.digits + "_.,:{}()'= ")
    assert inner.count("'") == 4 * len(walls.OWNED)
