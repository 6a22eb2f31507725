"""What doors may do with reports: submit, cancel, retry, find and list them.

Each change commits first; then a thread of its own sends a hint: no caller waits for the broker.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from reports import costs, expiry, inlined, lifecycle, limits, tasks
from reports.kinds import KINDS, Kind
from reports.models import LIVE, Job, Report
from warehouse.exceptions import Conflict, FieldError, InvalidRequest, NotFound
from warehouse.language.fingerprint import fingerprint
from warehouse.tenancy.principal import Tenant

RACES = 5
"""How often what others have changed meanwhile is tried again."""


def submit(  # noqa: PLR0913  each door names every one of these
    *,
    kind: str,
    body: Mapping[str, Any],
    tenant: Tenant,
    subject: str,
    now: datetime,
    timeout_seconds: int,
    priority: int = limits.PRIORITIES["interactive"],
    force: bool = False,
    asked_at: datetime | None = None,
    announced: bool = True,
    kinds: Mapping[str, Kind] = KINDS,
) -> Report:
    """Commit a report and the job that will answer it, or join the live job of the same question.

    With `force` no job that has begun is joined: its answer may be older than the wish. Relative
    periods start from `asked_at`, or from now. Webhooks are told of the end of what is `announced`.
    Raises `InvalidRequest`, and `QueryTooExpensive` for more rows than may be read.
    """
    report = Report(organization_id=tenant.id, kind=kind, request=dict(body), subject=subject)
    report.created_at, report.announced = now, announced
    job = _job(report, tenant, now=asked_at or now, timeout_seconds=timeout_seconds, kinds=kinds)
    job.priority = priority
    return _put(job, report, now=now, force=force)


def stand(
    *, kind: str, body: Mapping[str, Any], tenant: Tenant, now: datetime, timeout_seconds: int
) -> Job:
    """Commit a job that no report tells of, or join the live job of the same question.

    It is for questions that are asked again and again while somebody looks on: nobody lists them,
    no event tells of them, and `forget` deletes them. Raises what `submit` raises.
    """
    asked = Report(organization_id=tenant.id, kind=kind, request=dict(body))
    job = _job(asked, tenant, now=now, timeout_seconds=timeout_seconds, kinds=KINDS)
    job.priority = limits.PRIORITIES["scheduled"]
    with transaction.atomic():
        answering = _insert(job, force=False)
        if answering is job:
            transaction.on_commit(tasks.hint)
    return answering


def forget(job_id: int, *, now: datetime) -> None:
    """Delete an ended job and its result; one that is queued or running is told to end.

    Nothing happens to a job that a report tells of. What cannot be deleted now goes later.
    """
    job = Job.objects.filter(pk=job_id, reports=None).first()
    if job is None:
        return
    if job.finished_at is not None:
        expiry.forget(job)
        return
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job and not job.reports.exists():
            cancel_job(job, now=now)


def cancel(report: Report, *, now: datetime) -> Report:
    """End the report; its job too when nobody else waits, at once or as soon as the engine stops.

    Cancelling again changes nothing; a report that has ended otherwise raises `Conflict`.
    """
    with transaction.atomic():
        report = _held(report)
        if report.status == "cancelled":
            return report
        lifecycle.check(report.status, "cancelled")
        if report.job.reports.filter(status__in=LIVE).exclude(pk=report.pk).exists():
            lifecycle.leave(report, now=now)
        else:
            cancel_job(report.job, now=now)
        return Report.objects.select_related("job").get(pk=report.pk)


def cancel_job(job: Job, *, now: datetime) -> bool:
    """End the job for everybody who waits for it; False when it has ended already."""
    with transaction.atomic():
        list(Job.objects.select_for_update().filter(pk=job.pk).values_list("pk"))
        if lifecycle.drop_queued(job, now=now):
            return True
        running = Job.objects.filter(pk=job.pk, state="running")
        running.filter(cancel_requested_at=None).update(cancel_requested_at=now, shared=False)
        return running.exists()


def retry(report: Report, *, now: datetime, kinds: Mapping[str, Kind] = KINDS) -> Report:
    """Queue a failed, cancelled or expired report again under its own id; others `Conflict`."""
    if report.live:
        raise Conflict(f"The report is {report.status}; there is nothing to retry.")
    lifecycle.check(report.status, "queued")
    tenant, last = report.organization.as_tenant(), report.job
    job = _job(report, tenant, now=now, timeout_seconds=last.timeout_seconds, kinds=kinds)
    job.priority = min(last.priority, limits.PRIORITIES["interactive"])
    return _put(job, report, now=now)


def retry_job(job: Job, *, now: datetime) -> bool:
    """Ask every report that the job has left without a result again; False when there is none."""
    ended = list(job.reports.filter(status__in=("failed", "cancelled")))
    for report in ended:
        retry(report, now=now)
    return bool(ended)


def delete(report: Report, *, now: datetime, noted: Callable[[], object] = lambda: None) -> None:
    """Delete a report that has ended, and its result unless another report shows it too.

    Its events go with it, so the numbers of those that stay have a gap; `noted` puts it on record
    in the same transaction. Raises `Conflict` while the report is live.
    """
    with transaction.atomic():
        report = _held(report)
        if report.live:
            raise Conflict("The report has not ended yet; cancel it before you delete it.")
        noted()
        inlined.hold(report)
        report.delete()
    forget(report.job_id, now=now)


def move_to_front(job: Job) -> bool:
    """Let a waiting job go before all others; False when it waits no longer."""
    return bool(Job.objects.filter(pk=job.pk, state="queued").update(priority=limits.FRONT))


def find(report_id: UUID | str, tenant: Tenant) -> Report:
    """Return the tenant's report with its job; `NotFound` also for another organization's."""
    try:
        reports = Report.objects.select_related("job")
        return reports.get(pk=UUID(str(report_id)), organization_id=tenant.id)
    except (ValueError, Report.DoesNotExist):
        raise NotFound("There is no such report.") from None


def recent(
    tenant: Tenant,
    *,
    statuses: Collection[str] = (),
    kinds: Collection[str] = (),
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> QuerySet[Report]:
    """Return the tenant's reports, newest first; empty filters let everything through."""
    wanted: dict[str, Any] = {"organization_id": tenant.id}
    if statuses:
        wanted["status__in"] = statuses
    if kinds:
        wanted["kind__in"] = kinds
    if created_after:
        wanted["created_at__gt"] = created_after
    if created_before:
        wanted["created_at__lt"] = created_before
    return Report.objects.filter(**wanted).select_related("job").order_by("-created_at", "-pk")


def _held(report: Report) -> Report:
    """Return the report as it is now, with its job; both stay so until the transaction ends."""
    for _ in range(RACES):
        # A job is locked before its reports: after a retry meanwhile both are let go of again.
        with transaction.atomic():
            job = Job.objects.select_for_update(of=("self",)).filter(reports=report.pk).first()
            current = Report.objects.select_for_update().filter(pk=report.pk).first()
            if current is None:
                raise NotFound("There is no such report.")
            if job is not None and current.job_id == job.pk:
                current.job = job
                return current
            transaction.set_rollback(True)
    raise Conflict("The report changes too fast; try again.")


def _job(
    report: Report,
    tenant: Tenant,
    *,
    now: datetime,
    timeout_seconds: int,
    kinds: Mapping[str, Kind],
) -> Job:
    """Return the job, not yet saved, that answers what `report` asks, as seen at `now`.

    Raises `QueryTooExpensive` for a question that reads more than the organization may.
    """
    limit = limits.rows_within(timeout_seconds, tenant)
    kind, body = _kind(report.kind, kinds), report.request
    query = kind.parse(body, tenant=tenant, now=now, max_limit=limit)
    costs.check(kind, body, query, tenant=tenant, now=now, max_limit=limit)
    return Job(
        organization_id=report.organization_id,
        kind=report.kind,
        fingerprint=fingerprint(query),
        request=body,
        asked_at=now,
        timeout_seconds=limits.deadline(timeout_seconds, kind.seconds, tenant),
    )


def _kind(name: str, kinds: Mapping[str, Kind]) -> Kind:
    if name not in kinds:
        detail = f"There is no such kind of report; there are {', '.join(kinds)}."
        raise InvalidRequest(detail, errors=[FieldError("kind", "unknown", detail)])
    return kinds[name]


def _put(job: Job, report: Report, *, now: datetime, force: bool = False) -> Report:
    """Commit the report with its job, or with the live job of the same question."""
    with transaction.atomic():
        answering = _insert(job, force=force)
        if answering is job:
            # Before the events are announced: the worker is waited for, they are not.
            transaction.on_commit(tasks.hint)
        _attach(report, answering, now=now)
    return report


def _insert(job: Job, *, force: bool) -> Job:
    """Insert the job, unless a live one of the same question is there: then return that one.

    One that has begun already is not joined by `force`, nor by anybody after it.
    """
    for _ in range(RACES):
        try:
            with transaction.atomic():
                job.save(force_insert=True)
                return job
        except IntegrityError:
            live = _live(job)
            if live and not (force and live.state == "running"):
                _join(live, job)
                return live
            if live:
                Job.objects.filter(pk=live.pk).update(shared=False)
    raise Conflict("The same question begins and ends too fast to be joined; ask again.")


def _join(live: Job, job: Job) -> None:
    """Give the live job what `job` would have had more: time, and a place further in front."""
    timeout_seconds = max(live.timeout_seconds, job.timeout_seconds)
    priority = max(live.priority, job.priority)
    if (timeout_seconds, priority) != (live.timeout_seconds, live.priority):
        live.timeout_seconds, live.priority = timeout_seconds, priority
        live.save(update_fields=["timeout_seconds", "priority"])


def _live(job: Job) -> Job | None:
    """Return the live job of the same question, locked until the transaction ends."""
    return (
        Job.objects.select_for_update()
        .filter(
            organization_id=job.organization_id,
            kind=job.kind,
            fingerprint=job.fingerprint,
            shared=True,
        )
        .first()
    )


def _attach(report: Report, job: Job, *, now: datetime) -> None:
    """Put a new report, or one that is tried again, to the job."""
    adding = report._state.adding
    if not adding:
        taken = Report.objects.filter(pk=report.pk, status=report.status).update(status=job.state)
        if not taken:
            raise Conflict("The report has changed meanwhile; look at it again.")
    report.job = job
    report.status = job.state
    report.started_at = now if job.state == "running" else None
    report.finished_at = report.expires_at = report.error = report.cache = None
    report.save(force_insert=adding, force_update=not adding)
    lifecycle.enter(report, now=now)
