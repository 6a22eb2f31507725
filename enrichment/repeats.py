"""Drops events whose id the organization has sent within 24 hours of arrival before.

The rule looks at arrival, not at event time, and a repeat counts from the event that was kept.
Whoever replays a batch comes to the same verdicts: an id remembers the batch that brought it, so
no batch takes its own events for repeats.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b

import pyarrow as pa

from enrichment.parcels import Parcel
from warehouse.schema.events import EVENT_IDS
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import event_ids

SPAN = timedelta(hours=24)
SPAN_MS = int(SPAN.total_seconds() * 1000)
# A server takes a list of values as one field of a form, which may have 128 KiB: more numbers of
# twenty digits than this would be refused.
ASKED_AT_ONCE = 5_000

Key = tuple[str, int]
Arrivals = Mapping[Key, Sequence[tuple[str, int]]]


def hashed(event_id: str) -> int:
    """Return the 64-bit hash under which an id is kept."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest(), "big")


def hashes(parcel: Parcel) -> list[int | None]:
    """Return the hash of each event's id, None where it has none; worked out once a parcel."""
    found = parcel.columns.values.get("id_hash")
    if found is None:
        found = parcel.columns.values["id_hash"] = [
            None if event_id is None else hashed(event_id)
            for event_id in parcel.columns.get("event_id")
        ]
    return found


def look_up(parcels: Sequence[Parcel], clickhouse: ClickHouse, *, tag: str) -> Arrivals:
    """Return which batches brought the parcels' ids around their arrival, and when."""
    asked = sorted({value for parcel in parcels for value in hashes(parcel) if value is not None})
    organizations = sorted({parcel.organization_id for parcel in parcels})
    found: dict[Key, list[tuple[str, int]]] = defaultdict(list)
    if not asked:
        return found
    since = min(parcel.received_at for parcel in parcels) - SPAN
    until = max(parcel.received_at for parcel in parcels) + SPAN
    for start in range(0, len(asked), ASKED_AT_ONCE):
        piece = asked[start : start + ASKED_AT_ONCE]
        statement = event_ids.known(organizations, piece, since, until)
        answer = clickhouse.run(statement, tag=tag, first=True)
        for organization, value, batch, arrival in answer.rows:
            found[organization, value].append((batch, arrival))
    return found


def without(known: Arrivals, batches: Collection[str]) -> Arrivals:
    """Return `known` without the ids that only `batches` brought."""
    if not batches:
        return known
    kept = {
        key: [(batch, time) for batch, time in arrivals if batch not in batches]
        for key, arrivals in known.items()
    }
    return {key: arrivals for key, arrivals in kept.items() if arrivals}


def _repeated(
    parcel: Parcel, arrival: int, known: Arrivals, seen: Mapping[Key, Sequence[int]], key: Key
) -> bool:
    """Tell whether another event with this id was kept within the span around `arrival`."""
    earlier = [time for batch, time in known.get(key, ()) if batch != parcel.batch_id]
    return any(abs(arrival - time) < SPAN_MS for time in (*earlier, *seen.get(key, ())))


def drop(parcels: Sequence[Parcel], known: Arrivals) -> list[Parcel]:
    """Return the parcels, in order, without the repeats of `known` ids and of each other's."""
    seen: dict[Key, tuple[int, ...]] = {}
    return [_first_ones(parcel, known, seen) for parcel in parcels]


def _first_ones(parcel: Parcel, known: Arrivals, seen: dict[Key, tuple[int, ...]]) -> Parcel:
    kept = []
    arrival = parcel.arrival
    for index, value in enumerate(hashes(parcel)):
        if value is not None:
            key = (parcel.organization_id, value)
            if (key in seen or key in known) and _repeated(parcel, arrival, known, seen, key):
                continue
            seen[key] = (*seen.get(key, ()), arrival)
        kept.append(index)
    if len(kept) == parcel.columns.count:
        return parcel
    fewer = parcel.keep(kept)
    fewer.repeats = parcel.columns.count - len(kept)
    return fewer


def table(parcels: Sequence[Parcel]) -> pa.Table:
    """Return the rows that make the parcels' ids known."""
    tables = [_table(parcel) for parcel in parcels]
    return pa.concat_tables([EVENT_IDS.empty_table(), *tables])


def _table(parcel: Parcel) -> pa.Table:
    values = [value for value in hashes(parcel) if value is not None]
    columns = (
        pa.repeat(parcel.organization_id, len(values)),
        pa.array(values, pa.uint64()),
        pa.repeat(parcel.batch_id, len(values)),
        pa.repeat(pa.scalar(parcel.arrival, EVENT_IDS.field("received_at").type), len(values)),
    )
    return pa.table(list(columns), schema=EVENT_IDS)
