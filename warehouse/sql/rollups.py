"""Writes the statements that make the rollups of an organization's days say what its events say.

What is added is the difference, so a reader sees the figures of before or those of after. Counts
that are too high go down as well: whole numbers of 64 bits wrap around to the right sum.
"""

from collections.abc import Sequence
from datetime import date

from warehouse.planner.rollups import ROLLUPS, Rollup
from warehouse.schema.rollups import COUNT, FIGURES, UNIQUES, columns, keys, select
from warehouse.sql.statement import DATABASE, Statement

OF_DAYS = "organization_id = {organization_id:String} AND event_date IN {days:Array(Date)}"
# What one statement may hold in memory before it goes on with the disk.
SETTINGS = "max_partitions_per_insert_block = 0, max_bytes_before_external_group_by = 1000000000"


def refill(organization_id: str, days: Sequence[date]) -> list[Statement]:
    """Return what makes every rollup of these days right, where events are missing in it."""
    values = {"organization_id": organization_id, "days": list(days)}
    return [Statement(_difference(rollup), values) for rollup in ROLLUPS]


def empty(organization_id: str, days: Sequence[date]) -> list[Statement]:
    """Return what takes these days out of every rollup: a set of visitors cannot lose one."""
    values = {"organization_id": organization_id, "days": list(days)}
    return [
        Statement(
            f"DELETE FROM {DATABASE}.rollup_{rollup.name} WHERE {OF_DAYS}"
            " SETTINGS lightweight_deletes_sync = 2",
            values,
        )
        for rollup in ROLLUPS
    ]


def _difference(rollup: Rollup) -> str:
    table = f"{DATABASE}.rollup_{rollup.name}"
    names = ", ".join(keys(rollup))
    return f"""
    INSERT INTO {table} ({", ".join(columns(rollup))}) SETTINGS {SETTINGS}
    SELECT {names}, {_each("uniqCombined64MergeState(17)({name})", "sum({name})")}
    FROM
    (
        {select(rollup, OF_DAYS)}
        UNION ALL
        SELECT {names}, {_each("{name}", "-{name}")} FROM {table} WHERE {OF_DAYS}
    )
    GROUP BY {names}"""


def _each(unique: str, figure: str) -> str:
    texts = (
        (unique if kind == UNIQUES else f"toUInt64({figure})" if kind == COUNT else figure, name)
        for name, (kind, _) in FIGURES.items()
    )
    return ", ".join(f"{text.format(name=name)} AS {name}" for text, name in texts)
