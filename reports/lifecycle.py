"""Every change of a job's state and of its reports' statuses: which are legal, and how one is made.

A move is a conditional UPDATE and its numbered events in one transaction. What a worker does is
fenced by attempt, owner and lease: after its lease has ended, nothing it says changes anything.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Q

from reports import journal
from reports.limits import LONGEST_WAIT, MAX_DEATHS
from reports.models import LIVE, Job, Report
from warehouse.exceptions import Conflict, JobPoisoned
from warehouse.sql.reports import FOLLOW

LEGAL: Mapping[str, frozenset[str]] = {
    "queued": frozenset({"running", "failed", "cancelled"}),
    "running": frozenset({"queued", "succeeded", "failed", "cancelled"}),
    "succeeded": frozenset({"expired"}),
    "failed": frozenset({"queued"}),
    "cancelled": frozenset({"queued"}),
    "expired": frozenset({"queued"}),
}
EVENTS = {
    "queued": "report.queued",
    "running": "report.started",
    "succeeded": "report.succeeded",
    "failed": "report.failed",
    "cancelled": "report.cancelled",
}


def start(job: Job, *, owner: UUID, now: datetime, lease_seconds: int) -> bool:
    """Give the queued job to `owner`; False when another worker was faster."""
    return _move(
        job,
        "running",
        Q(state="queued", attempt=job.attempt),
        now=now,
        attempt=job.attempt + 1,
        owner=owner,
        lease_until=now + timedelta(seconds=lease_seconds),
        started_at=now,
        stage="running",
    )


def succeed(job: Job, result: Mapping[str, Any], *, now: datetime, keep: timedelta) -> bool:
    """Name the stored `result` (columns of Job); False when fenced off or asked to cancel."""
    return _move(
        job,
        "succeeded",
        _held(job, now) & _WANTED,
        now=now,
        expires_at=now + keep,
        fraction=1.0,
        **result,
    )


def fail(job: Job, problem: Mapping[str, Any], *, now: datetime) -> bool:
    """End the job with a problem document, or as cancelled if that was asked; False when fenced."""
    wanted = _held(job, now) & _WANTED
    return _move(job, "failed", wanted, now=now, error=problem) or confirm_cancel(job, now=now)


def confirm_cancel(job: Job, *, now: datetime) -> bool:
    """End a running job that was asked to, once the engine has stopped; False when fenced off."""
    return _move(job, "cancelled", _held(job, now) & ~_WANTED, now=now)


def hand_back(job: Job, *, now: datetime, wait: float = 0.0, failed: bool = False) -> bool:
    """Queue the running job again, after `wait` seconds; `failed` counts it as a failure.

    A job that was asked to end does not wait for another worker: it is cancelled.
    """
    queued = _move(
        job,
        "queued",
        _held(job, now) & _WANTED,
        now=now,
        run_after=now + min(timedelta(seconds=wait), LONGEST_WAIT) if wait else None,
        failures=job.failures + failed,
        **_UNOWNED,
    )
    return queued or confirm_cancel(job, now=now)


def drop_queued(job: Job, *, now: datetime) -> bool:
    """Cancel a job nobody waits for any more before it has started."""
    return _move(job, "cancelled", Q(state="queued"), now=now)


def reap(job: Job, *, now: datetime) -> bool:
    """Take the job from a dead worker: queued again, cancelled if that was asked, or poisoned.

    False when its lease was renewed, or its end was asked for, since the job was read.
    """
    dead = Q(
        state="running",
        attempt=job.attempt,
        lease_until=job.lease_until,
        cancel_requested_at=job.cancel_requested_at,
    )
    deaths = job.deaths + 1
    if job.cancel_requested_at:
        return _move(job, "cancelled", dead, now=now, deaths=deaths)
    if deaths >= MAX_DEATHS:
        problem = JobPoisoned().to_problem()
        return _move(job, "failed", dead, now=now, deaths=deaths, error=problem)
    return _move(job, "queued", dead, now=now, deaths=deaths, run_after=None, **_UNOWNED)


def leave(report: Report, *, now: datetime) -> None:
    """Cancel one asker's report while its job runs on for others."""
    live = Report.objects.filter(pk=report.pk, status__in=LIVE)
    if live.update(status="cancelled", finished_at=now):
        report.status, report.finished_at = "cancelled", now
        journal.record([report], EVENTS["cancelled"], now=now)


def enter(report: Report, *, now: datetime) -> None:
    """Tell of a report just put to its job: queued, and started too if the job is running."""
    joined = report.status == "running"
    report.status = "queued"
    journal.record([report], EVENTS["queued"], now=now)
    if joined:
        report.status = "running"
        journal.record([report], EVENTS["running"], now=now)


def expire(reports: Sequence[Report]) -> None:
    """Mark reports whose results are not kept any longer, unless they have moved on meanwhile."""
    names = [report.pk for report in reports]
    Report.objects.filter(pk__in=names, status="succeeded").update(status="expired")


def check(status: str, target: str) -> None:
    """Raise `Conflict` unless a report may go from `status` to `target`."""
    if target not in LEGAL[status]:
        raise Conflict(f"A report that is {status} cannot become {target}.")


_WANTED = Q(cancel_requested_at=None)
_UNOWNED: Mapping[str, Any] = {"owner": None, "lease_until": None, "stage": "queued"}


def _held(job: Job, now: datetime) -> Q:
    """Return the fence: this very attempt, by its owner, within its lease."""
    return Q(state="running", attempt=job.attempt, owner=job.owner, lease_until__gt=now)


def _move(job: Job, target: str, fence: Q, *, now: datetime, **columns: Any) -> bool:
    """Move the job and its live reports to `target`, or change nothing and return False."""
    legal = [state for state, targets in LEGAL.items() if target in targets]
    expires_at = columns.pop("expires_at", None)
    columns["state"] = target
    if target not in LIVE:
        columns |= {**_UNOWNED, "finished_at": now, "stage": target, "shared": False}
    with transaction.atomic():
        if not Job.objects.filter(fence, pk=job.pk, state__in=legal).update(**columns):
            return False
        for name, value in columns.items():
            setattr(job, name, value)
        journal.record(_take_along(job, now, expires_at), EVENTS[target], now=now)
    return True


def _take_along(job: Job, now: datetime, expires_at: datetime | None) -> list[Report]:
    """Give the job's live reports what its move means for them, and return them, oldest first."""
    running, ended = job.state == "running", job.state not in LIVE
    instant = connection.ops.adapt_datetimefield_value
    columns = (
        job.state,
        instant(now if running else None),
        instant(now if ended else None),
        instant(expires_at),
        _json(job.error if job.state == "failed" else None),
        _json(job.cache if job.state == "succeeded" else None),
    )
    reports = sorted(
        Report.objects.raw(FOLLOW, (*columns, job.pk)), key=lambda report: report.created_at
    )
    for report in reports:
        report.job = job
    return reports


def _json(document: object) -> str | None:
    return None if document is None else orjson.dumps(document).decode()
