"""Ends firings whose reports have ended, and puts what is to be told of them on its way.

Any worker may call `settle` at any time: a firing ends once, by a conditional UPDATE, together
with its deliveries.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from reports import results
from reports.models import LIVE, Firing, Report
from reports.schedules import messages
from reports.schedules.messages import Told
from warehouse.exceptions import Gone, SourceUnavailable

logger = logging.getLogger(__name__)

A_ROUND = 200
MOST_UNREAD = 3
"""After so many results that cannot be read the store is left alone until the next round."""
STATES = {
    "succeeded": "succeeded",
    "expired": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
"""What the end of a report is for its firing."""
DELETED = "The report was deleted before it was told of."
PATIENCE = timedelta(minutes=10)
"""How long a result that cannot be read now is waited for before it is told of without it."""


def settle(*, now: datetime) -> int:
    """End the firings whose reports have ended; return how many there were."""
    ended = Firing.objects.filter(~Q(report__status__in=LIVE), state="running")
    whole = ended.select_related("schedule__organization", "schedule__webhook", "report__job")
    count = unread = 0
    for firing in whole.order_by("fired_at", "pk")[:A_ROUND]:
        try:
            count += _end(firing, _told(firing, now), now)
        except SourceUnavailable as trouble:
            logger.warning("the result for firing %s cannot be read: %s", firing.pk, trouble)
            unread += 1
            if unread == MOST_UNREAD:
                break
        except Exception:  # no firing may hold up those of others: the next round tries again
            logger.exception("firing %s could not be ended", firing.pk)
    return count


def _told(firing: Firing, now: datetime) -> Told | None:
    """Read what the message shows of the result, outside of any transaction."""
    report = firing.report
    if report is None or report.status != "succeeded":
        return None
    try:
        return messages.read(firing.schedule, report.job)
    except Gone:
        return None
    except SourceUnavailable:
        if now < (report.finished_at or now) + PATIENCE:
            raise
        return None


def _end(firing: Firing, told: Told | None, now: datetime) -> bool:
    report = firing.report
    with transaction.atomic():
        # Before its firing, as by whoever deletes it: neither waits for the other.
        readable = report is not None and results.readable(report.job)
        # What expires meanwhile is not told; what is told is found by whoever expires it later.
        if not readable:
            told = None
        as_seen = Firing.objects.filter(pk=firing.pk, state="running", **_unchanged(report))
        firing.state = STATES[report.status] if report else "cancelled"
        firing.error = report.error if report else Gone(DELETED).to_problem()
        if not as_seen.update(state=firing.state, error=firing.error, finished_at=now):
            return False
        if firing.state != "cancelled":
            messages.send(firing, told, now=now)
    return True


def _unchanged(report: Report | None) -> dict[str, str | None]:
    return {"report__status": report.status} if report else {"report": None}
