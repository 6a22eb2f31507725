"""Events by column as the Arrow table that the event store takes, and what each day gets of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from enrichment import columns
from enrichment.parcels import Parcel
from enrichment.visitors import DAY_MS
from warehouse.days import DayCount
from warehouse.schema.events import EVENTS

# What the pipeline fills; every other column of the store keeps its default for now.
NAMES = (
    "organization_id", "event_time", "event_id", "event_name", "visitor_id", "session_id",
    "click_id", "campaign_id", "source", "medium", "term", "content", "channel", "url", "hostname",
    "path", "referrer", "referrer_host", "page_views", "session_duration", "bounce_rate",
    "conversion_event", "conversion_value", "conversion_time", "currency", "is_bot", "properties",
    "received_at", "batch_id", "campaign_assignment", "ip",
)  # fmt: skip
OWN = ("organization_id", "received_at", "batch_id")
FILLED = tuple(name for name in NAMES if name not in OWN)
SCHEMA = pa.schema([EVENTS.field(name) for name in NAMES])
ZERO = Decimal(0)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def table(parcels: Sequence[Parcel]) -> pa.Table:
    """Return the events of all parcels as one table, in order."""
    whole = columns.join((parcel.columns for parcel in parcels), FILLED)
    whole.values |= {
        "organization_id": _each(parcels, lambda parcel: parcel.organization_id),
        "batch_id": _each(parcels, lambda parcel: parcel.batch_id),
        "received_at": _each(parcels, lambda parcel: parcel.arrival),
    }
    return pa.table([_array(field, whole.get(field.name)) for field in SCHEMA], schema=SCHEMA)


def _each(parcels: Iterable[Parcel], fact: Callable[[Parcel], Any]) -> list[Any]:
    return [item for parcel in parcels for item in [fact(parcel)] * parcel.columns.count]


def _array(field: pa.Field, values: list[Any]) -> pa.Array:
    if pa.types.is_map(field.type):
        return _maps(values)
    if pa.types.is_decimal(field.type):
        values = [ZERO if value is None else Decimal(value).scaleb(-4) for value in values]
    elif pa.types.is_string(field.type):
        values = [value or "" for value in values]
    elif not field.nullable:
        values = [value or 0 for value in values]
    return pa.array(values, field.type)


def _maps(values: list[dict[str, str] | None]) -> pa.Array:
    offsets, names, texts = [0], list[str](), list[str]()
    for value in values:
        if value:
            names.extend(value)
            texts.extend(value.values())
        offsets.append(len(names))
    return pa.MapArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(names, pa.string()), pa.array(texts, pa.string())
    )


def months(parcel: Parcel) -> list[int]:
    """Return each event's month as the store's partitions are named, such as 202601."""
    names = {
        day: (moment.year * 100 + moment.month)
        for day in {time // DAY_MS for time in parcel.columns.get("event_time")}
        if (moment := day_of(day))
    }
    return [names[time // DAY_MS] for time in parcel.columns.get("event_time")]


def day_of(number: int) -> date:
    """Return the UTC day that is `number` days after 1 January 1970."""
    return date.fromordinal(EPOCH_ORDINAL + number)


def days(parcels: Sequence[Parcel], bytes_a_row: int) -> dict[tuple[str, date], DayCount]:
    """Return what each organization's days get."""
    rows: dict[tuple[str, int], int] = defaultdict(int)
    newest: dict[tuple[str, int], int] = {}
    for parcel in parcels:
        for time in parcel.columns.get("event_time"):
            key = (parcel.organization_id, time // DAY_MS)
            rows[key] += 1
            if time > newest.get(key, -1):
                newest[key] = time
    return {
        (organization, day_of(day)): DayCount(
            rows=count,
            bytes=count * bytes_a_row,
            watermark=datetime.fromtimestamp(newest[organization, day] / 1000, UTC),
        )
        for (organization, day), count in rows.items()
    }
