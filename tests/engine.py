"""The real engines every test shares, embedded and as a server, each with the schema applied."""

import itertools
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from warehouse.derived import sessions
from warehouse.schema.apply import apply
from warehouse.schema.events import EVENTS
from warehouse.sources.clickhouse import ClickHouse

TOKENS = itertools.count()
UNCOUNTED: dict[str, tuple[ClickHouse, pa.Table]] = {}
"""What an engine holds whose sessions are not counted yet, by the token it was stored under."""


@pytest.fixture(scope="session")
def embedded_engine():
    """One embedded engine for the whole process: chDB allows one folder a process."""
    folder = tempfile.mkdtemp(prefix="trellis-engine-")
    engine = ClickHouse.open(f"chdb://{Path(folder).resolve()}/clickhouse")
    apply(engine)
    yield engine
    engine.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def http_engine(clickhouse_server):
    """The same over HTTP."""
    engine = ClickHouse.open(clickhouse_server.url)
    apply(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def clickhouse(embedded_engine):
    """The engine of most tests; those of the warehouse run on both."""
    return embedded_engine


def everybody(clickhouse, text, **values):
    """The driver's answer by a writer's handle: what is stored, whosever it is."""
    with clickhouse._writers.take(clickhouse._first) as handle:
        return handle.client.query(text, parameters=values)


def store(clickhouse, events, *, counted=True):
    """Insert plain dicts of columns as rows of `analytics_events`; returns the token used.

    What is worked out of them follows: rollups, and sessions. To count these takes longer than all
    the rest; unless `counted` it is left to `count`, which has to come before they are asked for.
    """
    token = f"test-{next(TOKENS)}"
    table = rows(events)
    clickhouse.insert("analytics_events", table, token=token)
    if counted:
        sessions.follow(clickhouse, table)
    else:
        UNCOUNTED[token] = clickhouse, table
    return token


def count(clickhouse, *organizations):
    """Count the sessions of what was stored of organizations uncounted, once for all it is of."""
    for token, (holder, table) in list(UNCOUNTED.items()):
        owners = pc.unique(table["organization_id"]).to_pylist()
        if holder is clickhouse and not set(organizations).isdisjoint(owners):
            del UNCOUNTED[token]
            sessions.follow(clickhouse, table)


@pytest.fixture(autouse=True, scope="module")
def uncounted():
    """Let go of what nobody has counted when its module is done: no other knows whose it is."""
    yield
    UNCOUNTED.clear()


def rows(events):
    """The Arrow table of plain dicts of columns."""
    names = set().union(*events)
    fields = [field for field in EVENTS if field.name in names]
    rows = [{one.name: event.get(one.name, blank(one)) for one in fields} for event in events]
    return pa.Table.from_pylist(rows, pa.schema(fields))


def blank(field):
    """What a column holds when an event does not bring it."""
    blanks = {"string": "", "map<string, string>": {}, "list<item: string>": []}
    return None if field.nullable else blanks.get(str(field.type), 0)
