"""An engine that looks at every statement before it runs it."""

from contextlib import contextmanager
from functools import cache

import sqlglot
from sqlglot import exp

from tests.engine import count
from warehouse.planner.rollups import ROLLUPS

SESSIONS = {"sessions", "whole_sessions"}
VIEWS = {"events", *SESSIONS, *(rollup.name for rollup in ROLLUPS)}


class Checked:
    """The engine `clickhouse`; refuses a statement that reads past one organization's views.

    Sessions are counted before they are read.
    """

    def __init__(self, clickhouse):
        self._clickhouse = clickhouse

    @contextmanager
    def stream(self, statement, **how):
        check(statement)
        if SESSIONS & set(tables(statement.text)):
            count(self._clickhouse, *statement.owners)
        with self._clickhouse.stream(statement, **how) as found:
            yield found


@cache
def tables(text):
    """Return the tables that a statement names; parsing takes longer than asking."""
    (parsed,) = sqlglot.parse(text, dialect="clickhouse")
    assert isinstance(parsed, exp.Select)
    found = [table.this.name for table in parsed.find_all(exp.Table)]
    return [name for name in found if name != "quarters"]


def check(statement):
    """Every table is a view that is named with the one organization; no value is in the text."""
    named = tables(statement.text)
    assert named
    assert set(named) <= VIEWS
    for name in set(named):
        calls = statement.text.count(f"trellis.{name}(organization_id={{p")
        assert calls == statement.text.count(f"trellis.{name}") == named.count(name)
    owners = set()
    for piece in statement.text.split("organization_id={")[1:]:
        owners.add(piece.partition(":")[0])
    (owner,) = owners
    organization = statement.parameters[owner]
    assert organization
    assert organization not in statement.text
