"""What reports hold of an organization or of one visitor, and how it is stopped and forgotten.

Results that were computed over a visitor's days expire; questions that name the visitor go. To be
called by the worker: it reads questions as their kinds do.
"""

import uuid
from collections.abc import Collection, Iterator
from datetime import date, datetime

from reports import expiry, jobs
from reports.kinds import KINDS
from reports.models import LIVE, Delivery, Job, Report, Schedule
from reports.schedules import schedules
from reports.stores import store
from warehouse import days
from warehouse.custody.naming import holds
from warehouse.exceptions import WarehouseError
from warehouse.language.reach import reach
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Tenant

AT_ONCE = 200


def stop(organization_id: uuid.UUID, *, now: datetime) -> bool:
    """Cancel every live job of an organization; True once none is left."""
    live = Job.objects.filter(organization=organization_id, state__in=LIVE)
    for job in live:
        jobs.cancel_job(job, now=now)
    return not live.exists()


def sending(organization_id: uuid.UUID, *, now: datetime) -> bool:
    """Tell whether a message of the organization is under way at this moment."""
    under_way = Delivery.objects.filter(organization=organization_id, state="sending")
    return under_way.filter(lease_until__gt=now).exists()


def running_since_before(organization_id: uuid.UUID, moment: datetime) -> bool:
    """Tell whether a job still runs that may have read what was removed at `moment`."""
    running = Job.objects.filter(organization=organization_id, state="running")
    return running.filter(started_at__lte=moment).exists()


def files(organization_id: uuid.UUID) -> int:
    """Return how many files the result store holds for an organization."""
    return len(store().tree(str(organization_id)))


def remove_files(organization_id: uuid.UUID) -> None:
    """Delete everything the result store holds for an organization."""
    store().clear(str(organization_id))


def results_over(organization_id: uuid.UUID, touched: Collection[date]) -> list[Report]:
    """Return the reports with a result that depends on one of the days."""
    if not touched:
        return []
    tenant = Organization.objects.get(pk=organization_id).as_tenant()
    return [
        report
        for report in _reports(organization_id)
        if report.status == "succeeded" and _reaches(report, tenant, touched)
    ]


def expire_results(organization_id: uuid.UUID, touched: Collection[date], *, now: datetime) -> None:
    """Expire these reports and delete their results, and those that no report tells of."""
    names = [report.pk for report in results_over(organization_id, touched)]
    for start in range(0, len(names), AT_ONCE):
        some = Report.objects.filter(pk__in=names[start : start + AT_ONCE], status="succeeded")
        some.update(expires_at=now)
    expiry.expire(now=now)
    for job in Job.objects.filter(organization=organization_id, reports=None).exclude(
        finished_at=None
    ):
        expiry.forget(job)


def naming(organization_id: uuid.UUID, visitor_id: str) -> list[Report]:
    """Return the reports whose question holds the visitor's id."""
    return [one for one in _reports(organization_id) if holds(one.request, visitor_id)]


def remove_naming(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Delete these reports, those under way as soon as they have ended."""
    for report in naming(organization_id, visitor_id):
        if report.live:
            jobs.cancel(report, now=now)
        report.refresh_from_db()
        if not report.live:
            jobs.delete(report, now=now)


def schedules_naming(organization_id: uuid.UUID, visitor_id: str) -> list[Schedule]:
    """Return the schedules whose question holds the visitor's id."""
    found = Schedule.objects.filter(organization=organization_id).order_by("pk")
    return [one for one in found if holds(one.request, visitor_id)]


def remove_schedules(organization_id: uuid.UUID, visitor_id: str, *, now: datetime) -> None:
    """Delete these schedules with their firings: they would ask about the visitor again."""
    for schedule in schedules_naming(organization_id, visitor_id):
        schedules.remove(schedule, by=Actor(), now=now)


def _reports(organization_id: uuid.UUID) -> Iterator[Report]:
    found = Report.objects.filter(organization=organization_id).select_related("job")
    return found.order_by("pk").iterator(chunk_size=AT_ONCE)


def _reaches(report: Report, tenant: Tenant, touched: Collection[date]) -> bool:
    """Tell whether the answer depends on one of the days; so it is said of what is not read."""
    kind = KINDS.get(report.kind)
    if kind is None:
        return True
    try:
        query = kind.parse(
            report.request, tenant=tenant, now=report.job.asked_at, max_limit=tenant.export_rows
        )
    except WarehouseError:
        return True
    spans = [days.ends(window) for window in reach(query)]
    return any(first <= day <= last for first, last in spans for day in touched)
