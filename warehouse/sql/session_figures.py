"""What is kept of a session, as data, and how it is worked out of the session's events."""

LONG_SECONDS = 86_400
NOT_BOT = "is_bot = 0"

COLUMNS = {
    "organization_id": "LowCardinality(String)",
    "is_long": "UInt8",
    "start_date": "Date",
    "track": "UInt64",
    "start": "DateTime64(3, 'UTC')",
    "finish": "DateTime64(3, 'UTC')",
    "part": "UInt8",
    "events": "UInt32",
    "page_views": "UInt64",
    "conversions": "UInt32",
    "revenue": "Decimal(38, 4)",
    "duration_ms": "UInt64",
    "landing_page": "String",
    "exit_page": "String",
    "source": "LowCardinality(String)",
    "medium": "LowCardinality(String)",
    "channel": "LowCardinality(String)",
    "campaign_id": "String",
    "quarters": "Array(UInt32)",
}
"""Every column of `session_rows` but the sign, and its type."""

ORDER = (
    "bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(event_time)), 84),"
    " bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(received_at)), 40), toUInt128("
    "bitShiftRight(cityHash64(event_id, path, source, medium, channel, campaign_id), 24))))"
)
"""One number that orders events by time, then arrival, then content: faster than a tuple."""

# What a session's events are asked: a function, its arguments, and which of the events count.
FIGURES = {
    "events": ("count", "", ""),
    "page_views": ("sum", "page_views", ""),
    "conversions": ("count", "", "conversion_event != ''"),
    "revenue": ("sum", "conversion_value", ""),
    "stated": ("max", "session_duration", ""),
    "first": ("min", "event_time", ""),
    "last": ("max", "event_time", ""),
    "landing_page": ("argMin", "path, place", "path != ''"),
    "exit_page": ("argMax", "path, place", "path != ''"),
    "source": ("argMin", "source, place", ""),
    "medium": ("argMin", "medium, place", ""),
    "channel": ("argMin", "channel, place", ""),
    "campaign_id": ("argMin", "campaign_id, place", ""),
    "quarters": ("groupUniqArray", "toUInt32(intDiv(toUnixTimestamp(event_time), 900))", ""),
}
# How columns that are not simply a figure come from figures.
SHOWN = {
    "is_long": f"toUnixTimestamp64Milli(finish) - toUnixTimestamp64Milli(start)"
    f" > {LONG_SECONDS * 1000}",
    "start_date": "toDate(start, 'UTC')",
    "duration_ms": "if(stated > 0, toUInt64(stated) * 1000,"
    " toUnixTimestamp64Milli(last) - toUnixTimestamp64Milli(first))",
    "quarters": "arraySort(quarters)",
}


def _figure(name: str, *, people: bool) -> str:
    """Return how a figure is worked out of all events, or only of those that are no bot's."""
    function, arguments, condition = FIGURES[name]
    conditions = [one for one in (condition, NOT_BOT if people else "") if one]
    if not conditions:
        return f"{function}({arguments})"
    given = ", ".join([*([arguments] if arguments else []), " AND ".join(conditions)])
    return f"{function}If({given})"


def summed(events: str) -> str:
    """Return the figures of the sessions in `events`, which have a track and a number within it."""
    return f"""
    SELECT organization_id, track, min(event_time) AS start, max(event_time) AS finish,
        countIf({NOT_BOT}) AS people,
        {", ".join(f"{_figure(name, people=False)} AS all_{name}" for name in FIGURES)},
        {", ".join(f"{_figure(name, people=True)} AS some_{name}" for name in FIGURES)}
    FROM ({events})
    GROUP BY organization_id, track, number"""


def rows(events: str) -> str:
    """Return the rows of `session_rows`, but the sign, that the sessions in `events` make."""
    picked = ", ".join(f"if(part = 1, some_{name}, all_{name}) AS {name}" for name in FIGURES)
    shown = ", ".join(
        f"CAST({SHOWN.get(name, name)} AS {kind}) AS {name}" for name, kind in COLUMNS.items()
    )
    return f"""
    SELECT {shown} FROM
    (
        SELECT organization_id, track, start, finish, part, {picked} FROM ({summed(events)})
        ARRAY JOIN multiIf(people = all_events, [0], people = 0, [2], [1, 2]) AS part
    )"""
