"""Writes the statement of a plan for ClickHouse.

Rows come only from the parameterised view, and the organization and the window are put in here:
no plan can be written without them.
"""

from datetime import UTC, datetime, timedelta

from warehouse.planner.plan import Plan
from warehouse.sql import fields, where
from warehouse.sql.binder import Binder
from warehouse.sql.statement import DATABASE, Statement

SESSION_GAP_MS = 30 * 60 * 1000
VISITOR = "PARTITION BY visitor_hash ORDER BY event_time"
MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def build(plan: Plan) -> Statement:
    """Return the statement of `plan`; its columns are the plan's, then its hidden metrics.

    A series comes whole and unsorted: what its empty buckets do to it is for the engine to say.
    """
    query = plan.query
    binder = Binder()
    keys, shown = _keys(plan, binder)
    metrics = [fields.METRICS[name] for name in plan.metrics]
    columns = [*(column.name for column in plan.columns), *plan.hidden]
    names = {name: f"c{index}" for index, name in enumerate(columns)}
    selected = ", ".join(
        f"{expression} AS {name}"
        for expression, name in zip([*shown, *metrics], names.values(), strict=True)
    )
    filters = where.conditions(query.where, query.timezone, binder)
    if not query.include_bots:
        filters.append("is_bot = 0")
    parts = ["SELECT", selected, "FROM", _rows(plan, binder)]
    parts += [f"WHERE {' AND '.join(filters)}"] if filters else []
    parts += [f"GROUP BY {', '.join(keys)}"] if keys else []
    parts += [] if query.is_series else _page(plan, names, binder)
    return Statement("\n".join(parts), binder.parameters)


def _keys(plan: Plan, binder: Binder) -> tuple[list[str], list[str]]:
    """Return what rows are grouped by, and how each key is shown."""
    query = plan.query
    pairs = [
        fields.dimension(name, query.window, query.timezone, binder) for name in query.dimensions
    ]
    if query.granularity:
        bucket = fields.bucket(query.granularity, query.window, query.timezone, binder)
        pairs.insert(0, (bucket, bucket))
    return [key for key, _ in pairs], [shown for _, shown in pairs]


def _page(plan: Plan, names: dict[str, str], binder: Binder) -> list[str]:
    """Return having, order and limit; one row more than wanted tells whether there are more."""
    query = plan.query
    having = where.conditions(query.having, query.timezone, binder)
    parts = [f"HAVING {' AND '.join(having)}"] if having else []
    if plan.order:
        order = (
            f"{names[one.field]} {'DESC' if one.descending else 'ASC'} NULLS LAST"
            for one in plan.order
        )
        parts.append(f"ORDER BY {', '.join(order)}")
    limit, offset = (binder.bind(n, "UInt64") for n in (query.limit + 1, query.offset))
    return [*parts, f"LIMIT {limit} OFFSET {offset}"]


def _rows(plan: Plan, binder: Binder) -> str:
    """Return the organization's events of the window, with their sessions where needed."""
    query = plan.query
    if not query.organization:
        raise ValueError("A statement needs an organization.")
    view = f"{DATABASE}.events(organization_id={binder.bind(query.organization, 'String')})"
    start, end = (
        -((EPOCH - moment) // MILLISECOND) for moment in (query.window.start, query.window.end)
    )
    first = binder.bind(query.window.start.date().isoformat(), "Date")
    last = binder.bind(query.window.end.date().isoformat(), "Date")
    within = (
        f"event_date >= {first} AND event_date <= {last}"
        f" AND event_time >= fromUnixTimestamp64Milli({binder.bind(start, 'Int64')}, 'UTC')"
        f" AND event_time < fromUnixTimestamp64Milli({binder.bind(end, 'Int64')}, 'UTC')"
    )
    rows = " ".join((view, "WHERE", within))
    if plan.needs_sessions:
        rows = _with_sessions(rows, binder)
    return " ".join(("(SELECT * FROM", rows, ")"))


def _with_sessions(rows: str, binder: Binder) -> str:
    """Number each visitor's sessions: a new one opens after a gap of thirty minutes.

    Events that bring a session id have one already and stay out of the sort that numbering costs.
    Filters come later: what they drop still holds a session together.
    """
    gap = binder.bind(SESSION_GAP_MS, "Int64")
    frame = f"OVER ({VISITOR} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    opens = (
        "toUnixTimestamp64Milli(event_time) - toUnixTimestamp64Milli("
        f"lagInFrame(event_time) {frame}) >= {gap}"
    )
    sent = ("SELECT *, toUInt64(0) AS session_number FROM", rows, "AND session_id != ''")
    unnumbered = ("(SELECT *,", opens, "AS opens FROM", rows, "AND session_id = '')")
    number = ("SELECT * EXCEPT opens,", f"sum(opens) {frame} AS session_number FROM", *unnumbered)
    return " ".join(("(", *sent, "UNION ALL", *number, ")"))
