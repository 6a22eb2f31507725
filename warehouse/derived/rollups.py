"""Makes the rollups of an organization's days right; an insert of events fills them by itself.

Nothing may be stored for the organization meanwhile, and the days are to be marked before
(`warehouse.days.distrust`): a reader may see half of it.
"""

from collections.abc import Callable, Sequence
from datetime import date

from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import rollups


def refill(
    clickhouse: ClickHouse,
    organization: str,
    days: Sequence[date],
    *,
    tag: str = "rollups",
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Make the rollups of these UTC days say what the events say, where these are more.

    A reader may see too little or too much meanwhile: mark the days (`warehouse.days.distrust`).
    `alive` is called before each statement, and may end it all by raising. The engine knows the
    statements by `tag`.
    """
    for statement in rollups.refill(organization, days):
        alive()
        clickhouse.command(statement, tag=tag)
