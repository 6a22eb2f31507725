"""The numbered events of each organization's reports: written with the change, read by sockets."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, QuerySet

from reports import events
from reports.models import EventCursor, Report, ReportEvent
from reports.representation import describe


def record(reports: Sequence[Report], type_: str, *, now: datetime) -> None:
    """Write one event for each of `reports`, all of one organization, and announce it on commit.

    Must run inside the transaction that made the change: a rollback gives the numbers back.
    """
    if not reports:
        return
    organization_id = reports[0].organization_id
    cursors = _next(str(organization_id), len(reports))
    written = [
        ReportEvent(
            organization_id=organization_id,
            cursor=cursor,
            type=type_,
            report=report,
            payload=describe(report),
            at=now,
        )
        for cursor, report in zip(cursors, reports, strict=True)
    ]
    ReportEvent.objects.bulk_create(written)
    for event in written:
        transaction.on_commit(partial(events.announce, str(organization_id), event.message()))


def since(organization_id: str, cursor: int) -> QuerySet[ReportEvent]:
    """Return the organization's events after `cursor`, oldest first."""
    return ReportEvent.objects.filter(organization_id=organization_id, cursor__gt=cursor).order_by(
        "cursor"
    )


def newest(organization_id: str) -> int:
    """Return the number of the organization's newest event, 0 before the first."""
    found = (
        EventCursor.objects.filter(organization_id=organization_id)
        .values_list("last", flat=True)
        .first()
    )
    return found or 0


def _next(organization_id: str, count: int) -> range:
    """Take the next `count` numbers; the row stays locked until the transaction ends."""
    row = EventCursor.objects.filter(organization_id=organization_id)
    if not row.update(last=F("last") + count):
        EventCursor.objects.get_or_create(organization_id=organization_id)
        row.update(last=F("last") + count)
    last = row.values_list("last", flat=True).get()
    return range(last - count + 1, last + 1)
