"""Rolls up the days whose sessions and rollups may not hold what their events say.

Days are marked so (`warehouse.days.distrust`) where a worker died between an insert and what
follows from it, and where events were there before there were sessions and rollups. A piece of
work is some days of one organization, under an insert group without batches: it holds the
organization's lane, so nothing is stored for it meanwhile. Whoever dies leaves the days marked.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.db import transaction

from enrichment import groups, heartbeats, marks
from warehouse import days
from warehouse.derived import rollups, sessions
from warehouse.models import Day
from warehouse.sources.clickhouse import ClickHouse

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
# A piece holds up its organization's intake until it is done: it is as many days as hold so many
# rows altogether, or one day that holds more.
PIECE_ROWS = 250_000


def mend_once(clickhouse: ClickHouse, *, owner: uuid.UUID, clock: Clock, lease: timedelta) -> bool:
    """Roll up some days of one organization, if any are marked and its lane is free.

    False where that failed; the days stay marked and the lane is free for the intake.
    """
    organization = marks.next_organization()
    group = organization and groups.hold(organization, owner=owner, now=clock(), lease=lease)
    if not group or not organization:
        return True
    try:
        with heartbeats.kept(group, clock=clock, lease=lease) as alive:
            piece = _mend(organization, clickhouse, alive)
        with transaction.atomic():
            groups.finish(group, now=clock())
            days.trust(str(organization), piece)
    except groups.LostGroup:
        log.warning("%s was taken over by another worker", group)
    except Exception:  # the intake goes on, whatever it was
        log.exception("days of %s are not rolled up yet", organization)
        groups.put_off(group, now=clock() - groups.RETRY)
        return False
    return True


def _mend(
    organization: uuid.UUID, clickhouse: ClickHouse, alive: Callable[[], None]
) -> Sequence[date]:
    """Roll up the newest of the organization's marked days and return them.

    First ends whatever a worker that died or lost the lane has left running on a server: it would
    add its differences to ours.
    """
    tag = f"mend:{organization}"
    clickhouse.kill(tag)
    marked = Day.objects.filter(organization_id=organization, rolled_up=False)
    counts = dict(marked.order_by("-day").values_list("day", "rows"))
    sums = accumulate(counts.values())
    piece = [day for day, rows in zip(counts, sums, strict=True) if rows <= PIECE_ROWS]
    piece = piece or list(counts)[:1]
    rows = sum(counts[day] for day in piece)
    rollups.refill(clickhouse, str(organization), piece, tag=tag, alive=alive)
    sessions.rebuild(clickhouse, str(organization), piece, rows=rows, tag=tag, alive=alive)
    left = len(counts) - len(piece)
    log.info("rolled up %d rows of organization %s, %d days are left", rows, organization, left)
    return piece
