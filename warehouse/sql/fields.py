"""How metrics, dimensions and buckets of time are written for ClickHouse."""

from collections.abc import Callable

from warehouse.language import buckets, catalog
from warehouse.language.query import Window
from warehouse.sql.binder import Binder

METRICS = {
    "events": "count()",
    # Sets of 64-bit hashes are counted several times faster than sets of text; two of a million
    # visitors share one with a chance of 1 in 37 million.
    "visitors": "uniqExactIf(visitor_hash, visitor_hash != cityHash64(''))",
    "sessions": (
        "uniqExact(if(session_id = '', cityHash64(visitor_hash, session_number),"
        " cityHash64(session_id)))"
    ),
    "page_views": "sum(page_views)",
    "clicks": "countIf(event_name = 'click')",
    "conversions": "countIf(conversion_event != '')",
    "revenue": "sum(conversion_value)",
}
SHOWN: dict[str, Callable[[str], str]] = {
    "string": lambda key: f"nullIf({key}, '')",
    "property": lambda key: f"nullIf({key}, '')",
}
SECOND = "toInt64(toUnixTimestamp(event_time))"


def column(name: str, binder: Binder) -> str:
    """Return the stored value of an event field, as grouping and filters use it."""
    field = catalog.field(name)
    if field is None:
        raise KeyError(name)
    if field.kind == "property":
        return f"properties[{binder.bind(name.removeprefix(catalog.PROPERTY), 'String')}]"
    if field.kind == "number":
        return f"round(toFloat64({field.name}), 4)"
    if field.kind == "time":
        return f"toUnixTimestamp64Micro(toDateTime64({field.name}, 6, 'UTC'))"
    return field.name


def dimension(name: str, window: Window, zone: str, binder: Binder) -> tuple[str, str]:
    """Return the expression a dimension is grouped by and the one that shows it."""
    field = catalog.field(name)
    if field is None:
        raise KeyError(name)
    if field.kind == "date":
        key = bucket("day", window, zone, binder)
        return key, key
    key = column(name, binder)
    return key, SHOWN.get(field.kind, str)(key)


def bucket(granularity: str, window: Window, zone: str, binder: Binder) -> str:
    """Return the expression that gives the Unix second at which an event's bucket begins.

    Zones are worked out by the language, so the engine never needs to know one.
    """
    if granularity not in buckets.CLOCK:
        starts = buckets.starts(window, granularity, zone)
        return f"roundDown({SECOND}, {binder.bind(starts, 'Array(Int64)')})"
    step = binder.bind(buckets.CLOCK[granularity], "Int64")
    pieces = buckets.segments(window, zone)
    begins = binder.bind([piece.start for piece in pieces], "Array(Int64)")
    offsets = binder.bind([piece.offset for piece in pieces], "Array(Int64)")
    piece = f"roundDown({SECOND}, {begins})"
    offset = f"transform({piece}, {begins}, {offsets}, toInt64(0))"
    return f"greatest(intDiv({SECOND} + {offset}, {step}) * {step} - {offset}, {piece})"
