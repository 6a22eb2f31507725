"""How the benchmarks ask the engine: the one place that knows its functions by name."""

import inspect
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from warehouse import engine
from warehouse.language.parse import parse_query
from warehouse.planner.plan import plan
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.select import build

NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)
TIMEOUT_SECONDS = 600
MOST_ROWS = 10_000_000
# What `engine.run` is told so that it reads the raw events though a rollup would answer.
RAW: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Asker:
    """One organization's questions to one engine, none of them answered by a cache."""

    clickhouse: ClickHouse
    organization: str

    def query(self, body):
        """Return the question in a JSON body."""
        return parse_query(
            orjson.loads(body),
            organization=self.organization,
            timezone="UTC",
            now=NOW,
            max_limit=MOST_ROWS,
        )

    def answer(self, body, *, raw=False, write=None):
        """Return the finished JSON for a JSON body; with `write` it is handed out in pieces."""
        more = RAW if raw else {}
        if write is not None:
            more = {**more, "write": write}
        found = engine.run(
            self.query(body),
            clickhouse=self.clickhouse,
            cache=None,
            now=NOW,
            tag="benchmark",
            timeout_seconds=TIMEOUT_SECONDS,
            **more,
        )
        return found.body


def derive(clickhouse, token):
    """Do what follows an insert of events under `token`; views fill the rollups by themselves."""


def streams():
    """Tell whether the engine can hand an answer out in pieces."""
    return "write" in inspect.signature(engine.run).parameters


def compiled(query):
    """Return the statement of a question."""
    return build(plan(query))


def table_of(body):
    """Return the table that an answer says it comes from."""
    return orjson.loads(body)["meta"]["table"]
