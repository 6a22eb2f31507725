"""Many hanging receivers in a time of one's own: who waits how long for a slot."""

import heapq
from datetime import timedelta
from itertools import count
from typing import Any

from reports.webhooks import deliveries
from reports.webhooks.outcomes import Outcome
from tests.reports.builders import NOON
from tests.reports.webhooks.builders import GOOD, claim

HANGS, ANSWERS = timedelta(seconds=15), timedelta(milliseconds=100)
TIMEOUT = Outcome("timeout")
STEP = timedelta(milliseconds=500)


def played(hanging, *, slots, arrivals=(), seconds=600):
    """Let so many slots send for a while; return when each delivery to others arrived.

    `hanging` are the webhooks that never answer; `arrivals` are pairs of a second and what is
    called then, with the time, to write what comes later.
    """
    now, end, order = NOON, NOON + timedelta(seconds=seconds), count()
    under_way: list[Any] = []
    arrived = {}
    later = sorted(((NOON + timedelta(seconds=at), next(order), write) for at, write in arrivals))
    while now < end:
        while later and later[0][0] <= now:
            at, _, write = later.pop(0)
            write(at)
        while under_way and under_way[0][0] <= now:
            at, _, row = heapq.heappop(under_way)
            hangs = row.webhook_id in hanging
            deliveries.settle(row, TIMEOUT if hangs else GOOD, now=at)
            if not hangs:
                arrived[row.pk] = (at - row.created_at).total_seconds()
        while len(under_way) < slots and (row := claim(now)):
            takes = HANGS if row.webhook_id in hanging else ANSWERS
            heapq.heappush(under_way, (now + takes, next(order), row))
        now += STEP
    return arrived
