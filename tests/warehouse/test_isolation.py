"""No question of one organization ever reads another's events, from whichever table."""

from typing import Any

import pytest

from tests.warehouse.asking import NOW, ask, rows, tell
from tests.warehouse.checked import check
from warehouse.exceptions import QueryRejected
from warehouse.language.parse import parse_query
from warehouse.planner.rollups import ROLLUPS
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


@pytest.mark.parametrize("table", QUESTIONS)
def test_one_organization_never_sees_another(clickhouse, table):
    secret = {
        "source": "acme",
        "country": "AA",
        "campaign_id": "acme",
        "path": "/acme",
        "properties": {"k": "acme"},
    }
    other = {
        "source": "globex",
        "country": "GG",
        "campaign_id": "globex",
        "path": "/globex",
        "properties": {"k": "globex"},
    }
    acme = tell(clickhouse, SHARED | secret)
    globex = tell(clickhouse, SHARED | other, SHARED | other)
    found = {one: ask(clickhouse, one, **QUESTIONS[table]) for one in (acme, globex)}
    assert {one["meta"]["table"] for one in found.values()} == {table}
    assert "globex" not in str(found[acme]["rows"]).lower()
    assert "acme" not in str(found[globex]["rows"]).lower()
    assert rows(clickhouse, acme, metrics=["events", "visitors", "sessions"]) == [[1, 1, 1]]
    assert rows(clickhouse, globex, metrics=["events", "visitors", "sessions"]) == [[2, 1, 1]]


@pytest.mark.parametrize("table", QUESTIONS)
def test_an_organization_that_is_no_name_of_one_reads_nothing(clickhouse, table):
    acme = tell(clickhouse, {"source": "acme"})
    globex = tell(clickhouse, {"source": "globex"})
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
