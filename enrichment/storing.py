"""Stores one insert group exactly once, whatever dies in between.

The order makes a replay harmless: ids are made known before events are inserted, each insert
carries the group's token, and one transaction ends the group, its batches and the day counts. A
replay, and a batch of a group that was taken apart, also looks for rows that landed before: an
insert is whole within a month, so a month of a batch is stored or it is not. What follows from
events, sessions and rollups, may then lack some: its days are marked, and `enrichment.mending`
makes them anew.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pyarrow as pa
from django.db import transaction

from enrichment import giving, groups, heartbeats, marks, mending, repeats, tables
from enrichment.models import Batch, InsertGroup
from enrichment.parcels import Parcel, open_batch
from enrichment.visitors import DAY_MS
from warehouse import days
from warehouse.derived import sessions
from warehouse.exceptions import QueryCancelled, SourceError, SourceTimeout, WarehouseError
from warehouse.gateway import context
from warehouse.language.standing import StandingRules
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import event_ids

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
NAMED = 5
# Not worth another try at once, and yet nothing that speaks against a batch.
NOBODYS_FAULT = (SourceTimeout, QueryCancelled)


def work_once(
    clickhouse: ClickHouse,
    *,
    owner: uuid.UUID,
    clock: Clock,
    lease: timedelta,
    rules: StandingRules = giving.nobody,
) -> bool:
    """Claim and store one group; False where there is none or the event store is out of reach.

    Events that nobody has attributed are given to campaigns by `rules`.
    Days that are to be rolled up come first: a busy organization's lane is free only in between.
    """
    mended = mending.mend_once(clickhouse, owner=owner, clock=clock, lease=lease)
    group = groups.claim(owner=owner, now=clock(), lease=lease)
    if group is None:
        return mended and marks.due()
    try:
        store(group, clickhouse, clock=clock, lease=lease, rules=rules)
    except groups.LostGroup:
        log.warning("%s was taken over by another worker", group)
    except SourceError as error:
        if error.retryable or isinstance(error, NOBODYS_FAULT):
            log.warning("%s is put off: %s", group, error.detail)
            groups.put_off(group, now=clock())
            return False
        log.exception("%s was refused", group)
        groups.give_up(group, now=clock())
    except Exception:  # a batch nobody foresaw must not stop the others
        log.exception("%s failed", group)
        groups.give_up(group, now=clock())
    finally:
        context.organization.set("")
    return True


def store(
    group: InsertGroup,
    clickhouse: ClickHouse,
    *,
    clock: Clock,
    lease: timedelta,
    rules: StandingRules = giving.nobody,
) -> None:
    """Store the batches of a claimed group; raises `LostGroup` when somebody else took it."""
    batches = list(group.batches.select_related("organization").order_by("position"))
    if not batches:  # somebody died who held the lanes for something else
        groups.finish(group, now=clock())
        return
    context.organization.set(_owners(batches))
    with heartbeats.kept(group, clock=clock, lease=lease) as alive:
        opened = [open_batch(batch) for batch in batches]
        giving.settle(opened, rules)
        parcels, bytes_a_row = _insert(group, opened, clickhouse, alive)
    _finish(group, parcels, bytes_a_row, now=clock())


def _owners(batches: Sequence[Batch]) -> str:
    """Return whose batches these are, as log lines name them: the first few of many."""
    slugs = sorted({batch.organization.slug for batch in batches})
    rest = len(slugs) - NAMED
    return ",".join(slugs[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _insert(
    group: InsertGroup,
    parcels: Sequence[Parcel],
    clickhouse: ClickHouse,
    alive: Callable[[], None],
) -> tuple[Sequence[Parcel], int]:
    """Put the parcels into the event store; returns what they are there, and its bytes a row."""
    known = repeats.look_up(parcels, clickhouse, tag=f"intake:{group.pk}")
    parcels = repeats.drop(parcels, repeats.without(known, _set_aside(parcels) if known else ()))
    alive()
    ids = repeats.table(parcels)
    if ids.num_rows:
        clickhouse.insert("event_ids", ids, token=f"{group.pk}:ids")
    absent = _absent(group, parcels, clickhouse)
    whole = table = tables.table(absent)
    if absent is not parcels:
        days.distrust(tables.days(parcels, bytes_a_row=0))
        whole = tables.table(parcels)
    alive()
    if table.num_rows:
        clickhouse.insert("analytics_events", table, token=f"{group.pk}:events")
    alive()
    if whole.num_rows:
        _follow(group, parcels, whole, clickhouse)
    return parcels, whole.nbytes // max(whole.num_rows, 1)


def _follow(
    group: InsertGroup, parcels: Sequence[Parcel], events: pa.Table, clickhouse: ClickHouse
) -> None:
    """Count the sessions of stored events anew; where that fails, mending does it.

    The events are there, so whatever happens here says nothing about their batches.
    """
    tag = f"follow:{group.pk}"
    try:
        if group.attempt > 1:  # who died may have left a statement running on a server
            clickhouse.kill(tag)
        sessions.follow(clickhouse, events, tag=tag)
    except WarehouseError:
        log.exception("sessions of %s are left to be rolled up", group)
        days.distrust(tables.days(parcels, bytes_a_row=0))
        with suppress(WarehouseError):
            clickhouse.kill(tag)


def _set_aside(parcels: Sequence[Parcel]) -> set[str]:
    """Return the organizations' batches that could not be stored: their ids are nobody's first."""
    organizations = {uuid.UUID(parcel.organization_id) for parcel in parcels}
    found = Batch.objects.filter(state="rejected", organization__in=organizations)
    return {str(batch_id) for batch_id in found.values_list("pk", flat=True)}


def _absent(
    group: InsertGroup, parcels: Sequence[Parcel], clickhouse: ClickHouse
) -> Sequence[Parcel]:
    """Return the parcels without the months that an earlier attempt has stored."""
    alone = group.batches.filter(alone=True).exists()
    if group.attempt == 1 and not alone:
        return parcels
    return [_without(parcel, _landed(parcel, clickhouse)) for parcel in parcels]


def _landed(parcel: Parcel, clickhouse: ClickHouse) -> set[int]:
    if not parcel.columns.count:
        return set()
    numbers = {time // DAY_MS for time in parcel.columns.get("event_time")}
    first, last = tables.day_of(min(numbers)), tables.day_of(max(numbers))
    statement = event_ids.landed(parcel.organization_id, [parcel.batch_id], first, last)
    found = clickhouse.run(statement, tag="intake", first=True).rows
    return {month for _, month in found}


def _without(parcel: Parcel, landed: set[int]) -> Parcel:
    if not landed:
        return parcel
    months = tables.months(parcel)
    return parcel.keep([index for index, month in enumerate(months) if month not in landed])


def _finish(
    group: InsertGroup, parcels: Sequence[Parcel], bytes_a_row: int, *, now: datetime
) -> None:
    """End the group, its batches and the day counts together, or not at all."""
    with transaction.atomic():
        groups.finish(group, now=now)
        for parcel in parcels:
            Batch.objects.filter(pk=parcel.batch_id).update(
                state="stored", stored_at=now, payload=b"", repeats=parcel.repeats
            )
        days.record(tables.days(parcels, bytes_a_row))
