"""Writes the statements that make the rollups of an organization's days say what its events say.

What is added is the difference: whole numbers of 64 bits wrap around to the right sum, so counts
that are too high go down as well. A reader may see too little or too much meanwhile.
"""

from collections.abc import Sequence
from datetime import date

from warehouse.planner.rollups import ROLLUPS, Rollup
from warehouse.schema.rollups import COUNT, FIGURES, UNIQUES, columns, keys, select
from warehouse.sql.statement import DATABASE, Statement

OF_DAYS = "organization_id = {organization_id:String} AND event_date IN {days:Array(Date)}"
# A difference equal to an earlier one is no repeat of it; and what one statement may hold in memory
# before it goes on with the disk.
SETTINGS = (
    "insert_deduplicate = 0, max_partitions_per_insert_block = 0,"
    " max_bytes_before_external_group_by = 1000000000"
)


def refill(organization_id: str, days: Sequence[date]) -> list[Statement]:
    """Return what makes every rollup of these days right, where events are missing in it."""
    values = {"organization_id": organization_id, "days": list(days)}
    return [Statement(_difference(rollup), values) for rollup in ROLLUPS]


def _difference(rollup: Rollup) -> str:
    """Return what adds what the events say and takes away what the rollup says; sets only grow."""
    table = f"{DATABASE}.rollup_{rollup.name}"
    taken = ", ".join(_taken(name, kind) for name, (kind, _) in FIGURES.items())
    return f"""
    INSERT INTO {table} ({", ".join(columns(rollup))}) SETTINGS {SETTINGS}
    {select(rollup, OF_DAYS)}
    UNION ALL
    SELECT {", ".join(keys(rollup))}, {taken} FROM {table} WHERE {OF_DAYS}"""


def _taken(name: str, kind: str) -> str:
    if kind == UNIQUES:
        return name
    return f"toUInt64(-{name}) AS {name}" if kind == COUNT else f"-{name} AS {name}"
