"""A process of its own that stores batches, made to be killed: `store` or `finish`, in a folder."""

import random
import sys
from datetime import UTC, datetime, timedelta

from tests import engine
from tests.warehouse.derived import expected, rolled_up, standing, summed_up
from warehouse.derived import rollups, sessions
from warehouse.schema.apply import apply
from warehouse.sources.clickhouse import ClickHouse

BATCHES = 12
NIGHT = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)


def batch(number):
    """The same events whenever asked: some visitors and ids, over two months."""
    dice = random.Random(number)
    return [
        {
            "organization_id": "killed",
            "event_time": NIGHT + timedelta(seconds=dice.randrange(8 * 3600)),
            "visitor_id": f"v{dice.randrange(60)}",
            "session_id": dice.choice(["", f"s{dice.randrange(60)}"]),
            "is_bot": int(dice.random() < 0.1),
            "path": f"/{dice.randrange(9)}",
            "page_views": 1,
        }
        for _ in range(500)
    ]


def main(path, task):
    """Store every batch as the intake does; `finish` then makes good what is missing."""
    clickhouse = ClickHouse.open(f"chdb://{path}")
    apply(clickhouse)
    for number in range(BATCHES):
        table = engine.rows(batch(number))
        clickhouse.insert("analytics_events", table, token=f"batch-{number}")
        sessions.follow(clickhouse, table)
        print(number, flush=True)  # noqa: T201
    if task == "finish":
        rollups.refill(clickhouse, "killed", [NIGHT.date(), NIGHT.date() + timedelta(days=1)])
        assert standing(clickhouse, "killed") == expected(clickhouse, "killed")
        assert rolled_up(clickhouse, "killed") == summed_up(clickhouse, "killed")
        print("sessions rollups right")  # noqa: T201
    clickhouse.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
