"""The rollups' tables, what fills them at each insert, and their views, written from the data.

One text says how events become figures (`warehouse.sql.figures`): the feed of an insert and a
refill use what questions about events do.
"""

from warehouse.language import metrics as language
from warehouse.language.metrics import Figure
from warehouse.planner.rollups import ROLLUPS, Rollup
from warehouse.sql.figures import OVER_EVENTS
from warehouse.sql.statement import DATABASE, Statement

TYPES = {
    "campaign_id": "String CODEC(ZSTD)",
    "path": "String CODEC(ZSTD)",
}
"""Dimensions of which an organization has many values; the others are `LowCardinality`."""
FEW = "LowCardinality(String)"
COUNT = "SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD)"
POINTS = "SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD)"
MONEY = "SimpleAggregateFunction(sum, Decimal(38, 4)) CODEC(ZSTD)"
UNIQUE_SET = "uniqCombined64StateIf(17)"
UNIQUES = "AggregateFunction(uniqCombined64(17), UInt64) CODEC(ZSTD)"


def _kind(figure: Figure) -> str:
    if figure.unique:
        return UNIQUES
    if figure.decimal:
        return MONEY
    return POINTS if figure.name.endswith("_points") else COUNT


# Scores are whole numbers here, so they add up to the same in any order. Distinct values are kept
# as sets that can be joined.
FIGURES = {
    name: (_kind(language.FIGURES[name]), text.replace("uniqExactIf(", f"{UNIQUE_SET}("))
    for name, text in OVER_EVENTS.items()
}
"""Each figure's type, and how it is worked out of events."""


def keys(rollup: Rollup) -> tuple[str, ...]:
    """Return the columns that tell a rollup's rows apart, in the order they are sorted by."""
    return ("organization_id", "event_date", "at", "is_bot", *rollup.dimensions)


def columns(rollup: Rollup) -> tuple[str, ...]:
    """Return all columns of a rollup."""
    return (*keys(rollup), *FIGURES)


def select(rollup: Rollup, condition: str = "1") -> str:
    """Return the text that makes a rollup's rows of the events for which `condition` holds."""
    at = f"toDateTime(intDiv(toUnixTimestamp(event_time), {rollup.step}) * {rollup.step}, 'UTC')"
    names = [f"{at} AS at" if name == "at" else name for name in keys(rollup)]
    figures = [f"{expression} AS {name}" for name, (_, expression) in FIGURES.items()]
    return (
        f"SELECT {', '.join([*names, *figures])} FROM {DATABASE}.analytics_events"
        f" WHERE {condition} GROUP BY {', '.join(keys(rollup))}"
    )


def statements() -> list[Statement]:
    """Return what makes every rollup's table, feed and view; each may be repeated."""
    return [Statement(text) for rollup in ROLLUPS for text in _texts(rollup)]


def _texts(rollup: Rollup) -> tuple[str, str, str]:
    table = f"{DATABASE}.rollup_{rollup.name}"
    types = {
        "organization_id": FEW,
        "event_date": "Date CODEC(Delta, ZSTD)",
        "at": "DateTime('UTC') CODEC(Delta, ZSTD)",
        "is_bot": "UInt8",
        **{name: TYPES.get(name, FEW) for name in rollup.dimensions},
        **{name: kind for name, (kind, _) in FIGURES.items()},
    }
    return (
        f"CREATE TABLE IF NOT EXISTS {table}"
        f" ({', '.join(f'{name} {kind}' for name, kind in types.items())})"
        " ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(event_date)"
        f" ORDER BY ({', '.join(keys(rollup))})"
        # A repeated token feeds nothing twice: the feeds' blocks are remembered like the events'.
        " SETTINGS non_replicated_deduplication_window = 10000",
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {table}_feed TO {table} AS {select(rollup)}",
        f"CREATE OR REPLACE VIEW {DATABASE}.{rollup.name} AS"
        f" SELECT * FROM {table} WHERE organization_id = {{organization_id:String}}",
    )
