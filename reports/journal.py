"""The numbered events of each organization's reports: written with the change, read by sockets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from reports import events
from reports.models import EventCursor, Report, ReportEvent
from reports.representation import describe_all
from warehouse.sql.reports import TAKE, WRITE


def record(reports: Sequence[Report], type_: str, *, now: datetime) -> None:
    """Write one event for each of `reports`, all of one organization, and announce it on commit.

    Must run inside the transaction that made the change: the cursor's row stays locked until it
    ends, so numbers become visible in order, and a rollback gives them back.
    """
    if not reports:
        return
    organization_id = UUID(str(reports[0].organization_id))
    at = connection.ops.adapt_datetimefield_value(now)
    documents = describe_all(reports)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, (organization_id.hex, len(reports)))
        first = cursor.fetchone()[0] - len(reports) + 1
        rows = [
            (organization_id.hex, number, type_, report.pk.hex, orjson.dumps(payload).decode(), at)
            for number, (report, payload) in enumerate(zip(reports, documents, strict=True), first)
        ]
        cursor.executemany(WRITE, rows)
    for report in reports:
        told = partial(events.changed, str(organization_id), str(report.pk), type_)
        transaction.on_commit(told)


def since(organization_id: str, cursor: int) -> QuerySet[ReportEvent]:
    """Return the organization's events after `cursor`, oldest first."""
    return ReportEvent.objects.filter(organization_id=organization_id, cursor__gt=cursor).order_by(
        "cursor"
    )


def since_each(heads: Mapping[str, int]) -> QuerySet[ReportEvent]:
    """Return the events of several organizations, each after its own cursor, oldest first."""
    wanted = Q()
    for organization_id, cursor in heads.items():
        wanted |= Q(organization_id=organization_id, cursor__gt=cursor)
    return ReportEvent.objects.filter(wanted).order_by("organization_id", "cursor")


def newest(organization_id: str) -> int:
    """Return the number of the organization's newest event, 0 before the first."""
    found = (
        EventCursor.objects.filter(organization_id=organization_id)
        .values_list("last", flat=True)
        .first()
    )
    return found or 0


def newest_of(organization_ids: Collection[str]) -> dict[str, int]:
    """Return the number of the newest event of each of these organizations that has any."""
    rows = EventCursor.objects.filter(organization_id__in=organization_ids)
    return {str(owner): last for owner, last in rows.values_list("organization_id", "last")}
