"""No question of one organization ever reads another's events."""

import pytest
import sqlglot

from tests.warehouse.asking import NOW, rows, tell
from warehouse.exceptions import QueryRejected
from warehouse.language.parse import parse_query
from warehouse.planner.plan import plan
from warehouse.sql.select import build
from warehouse.sql.statement import Statement

pytestmark = pytest.mark.django_db


def test_one_organization_never_sees_another(clickhouse):
    acme = tell(clickhouse, {"source": "acme-secret", "properties": {"k": "acme-secret"}})
    globex = tell(clickhouse, {"source": "globex-secret"}, {"source": "globex-secret"})
    everything = {"dimensions": ["source", "properties.k"], "metrics": ["events", "sessions"]}
    assert rows(clickhouse, acme, **everything) == [["acme-secret", "acme-secret", 1, 1]]
    assert rows(clickhouse, globex, **everything) == [["globex-secret", None, 2, 1]]
    for hostile in (f"{acme}' OR organization_id = '{globex}", "%", "' OR 1=1 --", f"{acme}\x00"):
        query = parse_query(everything, organization=hostile, timezone="UTC", now=NOW)
        assert clickhouse.run(build(plan(query)), tag="test").rows == []
    query = parse_query(everything, organization="", timezone="UTC", now=NOW)
    with pytest.raises(ValueError, match="organization"):
        build(plan(query))


def test_the_view_cannot_be_read_without_an_organization(clickhouse):
    with pytest.raises(QueryRejected):
        clickhouse.run(Statement("SELECT count() FROM trellis.events"), tag="test")


def test_every_statement_reads_the_view_alone():
    query = parse_query(
        {"metrics": ["sessions"], "dimensions": ["source", "properties.k"], "granularity": "hour"},
        organization="o1",
        timezone="Europe/Berlin",
        now=NOW,
    )
    statement = build(plan(query))
    parsed = sqlglot.parse_one(statement.text, dialect="clickhouse")
    tables = [table.this.name for table in parsed.find_all(sqlglot.exp.Table)]
    assert set(tables) == {"events"}
    assert statement.text.count("trellis.events(organization_id={p") == len(tables)
    assert "analytics_events" not in statement.text
    assert "o1" not in statement.text
