"""Insert groups: who stores which batches next, and what happens when that fails.

A group is committed before anything is stored, so whoever takes it up again stores the very same
batches in the same order under the same token. An organization stands in one open group at most:
its batches are stored one group after the other, which repeats of event ids rely on.
"""

import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from enrichment import sealing
from enrichment.models import Batch, InsertGroup, Lane

ROWS_LIMIT = 100_000
LANES_LIMIT = 200
BATCHES_LIMIT = 400
# What a worker holds in memory while it stores a group is a small multiple of this.
BYTES_LIMIT = 64 * 1024 * 1024
DEATHS_LIMIT = 3
RETRY = timedelta(seconds=2)


class LostGroup(Exception):
    """Another worker has taken the group over; whatever this one does is void."""


def claim(*, owner: uuid.UUID, now: datetime, lease: timedelta) -> InsertGroup | None:
    """Take the group that is due next, an abandoned one first; None where there is none."""
    return _abandoned(owner, now, lease) or _fresh(owner, now, lease)


def hold(
    organization: uuid.UUID, *, owner: uuid.UUID, now: datetime, lease: timedelta
) -> InsertGroup | None:
    """Make a group without batches that keeps an organization's lane; None where it is taken."""
    with transaction.atomic():
        group = InsertGroup.objects.create(owner=owner, lease_until=now + lease, created_at=now)
        Lane.objects.get_or_create(organization_id=organization, defaults={"served_at": now})
        mine = Lane.objects.filter(sealing.unsealed(), organization=organization, group=None)
        if mine.update(group=group):
            return group
        group.delete()
    return None


def due(*, now: datetime) -> bool:
    """Tell whether `claim` would find something."""
    waiting = InsertGroup.objects.filter(state="open", lease_until__lte=now).exists()
    return waiting or _free_lanes().exists()


def take_over(*, owner: uuid.UUID, now: datetime) -> None:
    """Let the leases of all other workers end: for a worker that knows that it is the only one."""
    foreign = InsertGroup.objects.filter(state="open", lease_until__gt=now).exclude(owner=owner)
    foreign.update(lease_until=now)


def renew(group: InsertGroup, *, now: datetime, lease: timedelta) -> None:
    """Keep the group for another lease; raises `LostGroup` where it is no longer ours."""
    if not _ours(group).update(lease_until=now + lease):
        raise LostGroup(str(group.pk))


def put_off(group: InsertGroup, *, now: datetime) -> None:
    """Give the group back after a failure that is not its own fault; it is due again shortly."""
    _ours(group).update(lease_until=now + RETRY, deaths=F("deaths") - 1)


def give_up(group: InsertGroup, *, now: datetime) -> None:
    """Give the group back after a failure of its own: a few of these and it is taken apart."""
    _ours(group).update(lease_until=now + RETRY)


def finish(group: InsertGroup, *, now: datetime) -> None:
    """Mark the group done and free its lanes; call inside the transaction of its end."""
    if not _ours(group).update(state="done", finished_at=now):
        raise LostGroup(str(group.pk))
    Lane.objects.filter(group=group).update(group=None)


def _ours(group: InsertGroup) -> QuerySet[InsertGroup]:
    return InsertGroup.objects.filter(pk=group.pk, state="open", attempt=group.attempt)


def _abandoned(owner: uuid.UUID, now: datetime, lease: timedelta) -> InsertGroup | None:
    """Take over a group whose lease ended; one that failed too often is taken apart instead."""
    expired = InsertGroup.objects.filter(state="open", lease_until__lte=now)
    for group in expired.order_by("lease_until")[:BATCHES_LIMIT]:
        if group.deaths >= DEATHS_LIMIT:
            _take_apart(group, now)
        elif (
            _ours(group)
            .filter(lease_until__lte=now)
            .update(
                attempt=group.attempt + 1,
                deaths=group.deaths + 1,
                owner=owner,
                lease_until=now + lease,
            )
        ):
            return InsertGroup.objects.get(pk=group.pk)
    return None


def _take_apart(group: InsertGroup, now: datetime) -> None:
    """Free the batches of a failing group to be tried one by one; set a single one aside."""
    with transaction.atomic():
        if not _ours(group).update(state="split", finished_at=now):
            return
        batches = Batch.objects.filter(group=group)
        if batches.count() == 1:
            batches.update(
                state="rejected",
                stored_at=now,
                reason=f"Could not be stored in {group.deaths} attempts; the payload is kept.",
            )
        else:
            batches.update(group=None, alone=True)
        Lane.objects.filter(group=group).update(group=None)


def try_again(batch: Batch) -> bool:
    """Queue a batch that was set aside, to be stored by itself; tell whether it was one.

    One whose payload was erased or forgotten has nothing to store.
    """
    found = Batch.objects.filter(pk=batch.pk, state="rejected").exclude(payload=b"")
    return bool(found.update(state="pending", group=None, alone=True, stored_at=None, reason=""))


def _fresh(owner: uuid.UUID, now: datetime, lease: timedelta) -> InsertGroup | None:
    """Make a group of waiting batches, organizations in turn, the longest unserved first."""
    with transaction.atomic():
        lanes = list(
            _free_lanes()
            .select_for_update(skip_locked=True, no_key=True)
            .order_by("served_at")[:LANES_LIMIT]
        )
        batches = _in_turn(_waiting(lane.organization_id) for lane in lanes)
        if not batches:
            return None
        group = InsertGroup.objects.create(owner=owner, lease_until=now + lease, created_at=now)
        for position, batch in enumerate(batches):
            batch.group, batch.position = group, position
        Batch.objects.bulk_update(batches, ["group", "position"], batch_size=200)
        served = {batch.organization_id for batch in batches}
        Lane.objects.filter(organization__in=served).update(group=group, served_at=now)
    return group


def _free_lanes() -> QuerySet[Lane]:
    waiting = Batch.objects.filter(
        organization=OuterRef("organization_id"), state="pending", group=None
    )
    return Lane.objects.filter(Exists(waiting), sealing.unsealed(), group=None)


def _waiting(organization_id: uuid.UUID) -> deque[Batch]:
    batches = Batch.objects.filter(organization_id=organization_id, state="pending", group=None)
    return deque(batches.defer("payload").order_by("received_at", "id")[:BATCHES_LIMIT])


def _in_turn(queues: Iterable[deque[Batch]]) -> Sequence[Batch]:
    """Take one batch of each organization, and again, until the group is full.

    A batch that is to stand alone fills a group by itself.
    """
    open_queues = deque(queues)
    taken: list[Batch] = []
    rows = size = 0
    while open_queues and rows < ROWS_LIMIT and size < BYTES_LIMIT and len(taken) < BATCHES_LIMIT:
        queue = open_queues.popleft()
        batch = queue.popleft()
        if batch.alone:
            if not taken:
                return [batch]
            continue
        taken.append(batch)
        rows += batch.events
        size += batch.size
        if queue:
            open_queues.append(queue)
    return taken
