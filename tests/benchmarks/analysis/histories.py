"""Studies of histories, each as the API takes it and as SQL that an analyst would write by hand.

The hand-written ones compute less: `windowFunnel` tells no times and miscounts repeated steps.
"""

from dataclasses import dataclass

import orjson

from reports.kinds import KINDS
from tests.benchmarks.analysis.turns import turns
from tests.benchmarks.asking import NOW, Asker
from tests.benchmarks.figures import Ratio, show
from warehouse import engine
from warehouse.sql.statement import Statement
from warehouse.tenancy.principal import Tenant

QUARTER = {"start": "2026-01-01", "end": "2026-04-02"}
WITHIN = (
    "FROM trellis.analytics_events WHERE organization_id = {organization:String}"
    " AND event_date BETWEEN '2026-01-01' AND '2026-04-02' AND is_bot = 0"
)
ROUNDS = 3
THREE = ("view", "click", "purchase")
EIGHT = ("view", "click", "view", "scroll", "view", "click", "add_to_cart", "purchase")


@dataclass(frozen=True, slots=True)
class Study:
    """The same study twice."""

    name: str
    kind: str
    asked: dict[str, object]
    sql: str
    aim: float | None


def funnel_by_hand(steps):
    """Return the usual SQL of a funnel of two weeks."""
    tests = ", ".join(f"event_name = '{name}'" for name in steps)
    level = f"windowFunnel(1209600)(toDateTime(event_time), {tests})"
    named = ", ".join(f"'{name}'" for name in sorted(set(steps)))
    per_visitor = (
        f"SELECT visitor_hash, {level} AS level {WITHIN} AND event_name IN ({named})"
        " GROUP BY visitor_hash"
    )
    return f"SELECT level, count() FROM ({per_visitor}) GROUP BY level ORDER BY level"


def funnel(names, **more):
    """Return the request for a funnel."""
    return {"steps": [{"event": name} for name in names], "time_range": QUARTER, **more}


STUDIES = (
    Study(
        "funnel of 3 steps, counts alone",
        "funnel",
        funnel(THREE, times=False),
        funnel_by_hand(THREE),
        1.5,
    ),
    Study("funnel of 3 steps with times", "funnel", funnel(THREE), funnel_by_hand(THREE), 3),
    Study(
        "funnel of 8 steps, exclusions hardly met",
        "funnel",
        funnel(EIGHT, exclusions=[{"event": "refund", "from_step": 1, "to_step": 8}]),
        funnel_by_hand(EIGHT),
        4,
    ),
    Study(
        "funnel of 8 steps, exclusions met",
        "funnel",
        funnel(EIGHT, exclusions=[{"event": "search", "from_step": 1, "to_step": 8}]),
        funnel_by_hand(EIGHT),
        4,
    ),
)


def run(asker: Asker, stored: int) -> list[Ratio]:
    """Measure every study against its bare counterpart at the size there is."""
    found = []
    for study in STUDIES:
        ours, bare = turns(lambda: answer(asker, study), lambda: by_hand(asker, study), ROUNDS)  # noqa: B023
        name = f"{study.name}, {stored / 1e6:.0f} M events"
        found.append(Ratio(name, ours, bare, "ms", study.aim, at_most=True))
        show(found[-1])
    return found


def answer(asker, study):
    """Return the finished JSON of a study."""
    tenant = Tenant(id=asker.organization, slug="benchmark")
    query = KINDS[study.kind].parse(study.asked, tenant=tenant, now=NOW, max_limit=50_000)
    return orjson.loads(engine.run(query, **asker.how()).body)


def by_hand(asker, study):
    """Return the rows of the hand-written statement."""
    statement = Statement(study.sql, {"organization": asker.organization})
    return asker.clickhouse.run(statement, tag="benchmark", timeout_seconds=600).rows
