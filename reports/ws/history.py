"""What the database knows of an organization's reports: the numbered events and a snapshot."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Min, QuerySet

from reports import journal
from reports.models import LIVE, Report, ReportEvent
from reports.representation import describe_all
from reports.ws import frames
from warehouse.exceptions import NotFound

PAGE = 64
RECENT = 50
LOOKS = 3


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a report's status, encoded once for every socket that gets it."""

    cursor: int
    report_id: str
    final: bool
    text: str


@dataclass(slots=True)
class Page:
    """The next events of several organizations; `more` tells that there may be others."""

    events: dict[str, list[Event]]
    more: bool = False
    most: int = 4 * PAGE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest reports as they were at event number `cursor`; `oldest` is the first one kept.

    They are encoded once for every socket that is told of them.
    """

    cursor: int
    oldest: int
    reports: bytes


def events_after(organization_id: str, cursor: int) -> list[Event]:
    """Return the next events after `cursor` in order, at most a page of them."""
    return [_event(row) for row in journal.since(organization_id, cursor)[:PAGE]]


def events_of(heads: Mapping[str, int]) -> Page:
    """Return the next events of several organizations, each after its own cursor."""
    page = Page({owner: [] for owner in heads})
    for row in journal.since_each(heads)[: page.most]:
        page.events[str(row.organization_id)].append(_event(row))
    page.more = sum(map(len, page.events.values())) == page.most
    return page


def _event(row: ReportEvent) -> Event:
    return Event(
        cursor=row.cursor,
        report_id=str(row.report_id),
        final=row.payload["status"] not in LIVE,
        text=frames.encode(row.type, cursor=row.cursor, report=row.payload),
    )


def snapshot(organization_id: str, report_id: str | None) -> Snapshot:
    """Return the newest reports, or the one asked for, and the cursor they belong to.

    Raises `NotFound` for a report the organization does not have. A report that moves while it is
    being read makes the read start again, a few times; its event is replayed in any case.
    """
    reports = Report.objects.filter(organization_id=organization_id).select_related("job")
    if report_id is not None:
        reports = reports.filter(pk=uuid.UUID(report_id))
        if not reports.exists():
            raise NotFound("There is no such report.")
    before = journal.newest(organization_id)
    described = _described(reports)
    for _ in range(LOOKS):
        after = journal.newest(organization_id)
        if after == before:
            break
        before, described = after, _described(reports)
    return Snapshot(before, _oldest(organization_id, before), orjson.dumps(described))


def _described(reports: QuerySet[Report]) -> list[dict[str, Any]]:
    return describe_all(list(reports.order_by("-created_at", "-id")[:RECENT]))


def _oldest(organization_id: str, cursor: int) -> int:
    rows = ReportEvent.objects.filter(organization_id=organization_id)
    oldest: int | None = rows.aggregate(oldest=Min("cursor"))["oldest"]
    return cursor + 1 if oldest is None else oldest
