"""How figures are counted in each kind of table, and metrics worked out from figures."""

from collections.abc import Mapping

from warehouse.language.metrics import FIGURES, METRICS
from warehouse.planner.tables import EVENTS, SESSIONS, VISITS, Table
from warehouse.sql.binder import Binder

# Sets of 64-bit hashes are counted several times faster than sets of text; two of a million
# visitors share one with a chance of 1 in 37 million.
KNOWN = "visitor_hash != cityHash64('')"
BOUNCED = "{p}events = 1 AND {p}conversions = 0"
OVER_EVENTS: Mapping[str, str] = {
    "events": "count()",
    "page_views": "sum(page_views)",
    "clicks": "countIf(event_name = 'click')",
    "conversions": "countIf(conversion_event != '')",
    "frauds": "countIf(fraud_score >= 80)",
    "revenue": "sum(conversion_value)",
    "fraud_points": "sum(toInt64(round(toFloat64(fraud_score) * 10000)))",
    "quality_points": "sum(toInt64(round(toFloat64(quality_score) * 10000)))",
    "visitors": f"uniqExactIf(visitor_hash, {KNOWN})",
    "converters": f"uniqExactIf(visitor_hash, {KNOWN} AND conversion_event != '')",
    "unique_clicks": "uniqExactIf(cityHash64(click_id), click_id != '')",
}
OVER_SESSIONS: Mapping[str, str] = {
    "sessions": "sum(sign)",
    "bounces": f"sumIf(sign, {BOUNCED.format(p='session_')})",
    "engaged": f"sumIf(sign, NOT ({BOUNCED.format(p='session_')}))",
    "converted": "sumIf(sign, session_conversions > 0)",
    "duration_ms": "sum(sign * toInt64(session_duration_ms))",
}
OVER_VISITS: Mapping[str, str] = {
    "sessions": "count()",
    "bounces": f"countIf({BOUNCED.format(p='visit_')})",
    "engaged": f"countIf(NOT ({BOUNCED.format(p='visit_')}))",
    "converted": "countIf(visit_conversions > 0)",
    "duration_ms": "sum(visit_duration_ms)",
}
OVER_ROLLUPS: Mapping[str, str] = {
    name: f"uniqCombined64Merge(17)({name})" if figure.unique else f"sum({name})"
    for name, figure in FIGURES.items()
    if not figure.of_sessions
}
BY_TABLE = {EVENTS: OVER_EVENTS, SESSIONS: OVER_SESSIONS, VISITS: OVER_VISITS}
CHANGED = "if(ifNull({before}, 0) = 0, NULL, round(({now} - {before}) / abs({before}), 4))"


def column(figure: str, *, previous: bool = False) -> str:
    """Return under which name a figure is handed from one level of a statement to the next."""
    return f"{'before' if previous else 'now'}_{figure}"


def counted(figure: str, table: Table, *, sampled: bool, binder: Binder) -> str:
    """Return how `table` counts a figure: as Int64, or Decimal of four places.

    A sample's figures are scaled up, those of distinct visitors too: it takes whole visitors.
    """
    text = BY_TABLE.get(table, OVER_ROLLUPS)[figure]
    decimal = FIGURES[figure].decimal
    if sampled:
        share = binder.bind("sample", "Float64", lambda asked: asked.query.sample)
        text = f"toFloat64({text}) / {share}"
        return f"toDecimal128({text}, 4)" if decimal else f"toInt64(round({text}))"
    return f"toDecimal128({text}, 4)" if decimal else f"toInt64({text})"


def nothing(figure: str) -> str:
    """Return what a branch that does not count a figure adds to it."""
    return "toDecimal128(0, 4)" if FIGURES[figure].decimal else "toInt64(0)"


def metric(name: str, *, previous: bool = False) -> str:
    """Return a metric worked out from figures; null where there is nothing below the line.

    Rounded here, so that filters and orders see what is shown.
    """
    value = _value(name, previous=previous)
    return value if METRICS[name].under is None else f"round({value}, 4)"


def change(name: str) -> str:
    """Return by which fraction of its earlier value a metric has changed."""
    now, before = (f"toFloat64({_value(name, previous=when)})" for when in (False, True))
    return CHANGED.format(now=now, before=before)


def _value(name: str, *, previous: bool) -> str:
    made = METRICS[name]
    over = column(made.over, previous=previous)
    if made.under is None:
        return over
    under = column(made.under, previous=previous)
    return f"if({under} = 0, NULL, toFloat64({over}) / ({under} * {made.divisor}))"
