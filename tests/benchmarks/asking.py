"""How the benchmarks ask the engine: the one place that knows its functions by name."""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from reports import parquet
from reports.kinds import KINDS
from tests.engine import everybody
from warehouse import engine
from warehouse.derived import sessions
from warehouse.language.parse import parse_query
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.compiled import compile_query
from warehouse.tenancy.principal import Tenant

NOW = datetime(2026, 4, 3, 12, tzinfo=UTC)
TIMEOUT_SECONDS = 600
MOST_ROWS = 10_000_000


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

    def answer(self, body, *, raw=False):
        """Return the finished JSON for a JSON body."""
        return engine.run(self.query(body), raw=raw, **self.how()).body

    def study(self, kind, body):
        """Return the finished JSON of a kind that is a study."""
        tenant = Tenant(self.organization, "benchmark", "UTC")
        query = KINDS[kind].parse(body, tenant=tenant, now=NOW, max_limit=MOST_ROWS)
        return engine.run(query, **self.how()).body

    def store(self, body, file):
        """Write the answer to a JSON body as results are stored, page by page."""
        return parquet.write(file, engine.compute(self.query(body), **self.how()))

    def how(self):
        """Return how every answer is computed."""
        return {
            "clickhouse": self.clickhouse,
            "cache": None,
            "now": NOW,
            "tag": "benchmark",
            "timeout_seconds": TIMEOUT_SECONDS,
        }


EXTENTS = (
    "SELECT toString(organization_id), groupUniqArray(event_date), count()"
    " FROM trellis.analytics_events GROUP BY organization_id"
)


def derive(clickhouse):
    """Count the sessions of all events; rollups are filled at each insert by themselves."""
    for organization, days, rows in everybody(clickhouse, EXTENTS).result_rows:
        sessions.rebuild(clickhouse, organization, sorted(days), rows=rows)


def compiled(query):
    """Return the statement of a question."""
    return compile_query(query)[1]


def table_of(body):
    """Return the table that an answer says it comes from."""
    return orjson.loads(body)["meta"]["table"]
