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

from reports import journal
from reports.limits import LONGEST_WAIT, MAX_DEATHS
from reports.models import LIVE, Job, Report
from warehouse.exceptions import Conflict, JobPoisoned
from warehouse.rows import Rows
from warehouse.sql import reports as sql

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
_JOBS, _REPORTS = Rows(Job), Rows(Report)
_FOLLOW = sql.follow(_REPORTS.columns())


def start(job: Job, *, owner: UUID, now: datetime, lease_seconds: int, most: int) -> bool:
    """Give the queued job to `owner`, if its organization then runs `most` jobs at most.

    False when another worker was faster, or there is no room.
    """
    return _move(
        job,
        "running",
        sql.UNTAKEN,
        sql.ROOM,
        now=now,
        most=most,
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
        sql.HELD,
        sql.WANTED,
        now=now,
        expires_at=now + keep,
        fraction=1.0,
        **result,
    )


def fail(job: Job, problem: Mapping[str, Any], *, now: datetime) -> bool:
    """End the job with a problem document, or as cancelled if that was asked; False when fenced."""
    failed = _move(job, "failed", sql.HELD, sql.WANTED, now=now, error=problem)
    return failed or confirm_cancel(job, now=now)


def confirm_cancel(job: Job, *, now: datetime) -> bool:
    """End a running job that was asked to, once the engine has stopped; False when fenced off."""
    return _move(job, "cancelled", sql.HELD, sql.UNWANTED, now=now)


def hand_back(job: Job, *, now: datetime, wait: float = 0.0, failed: bool = False) -> bool:
    """Queue the running job again, after `wait` seconds; `failed` counts it as a failure.

    A job that was asked to end does not wait for another worker: it is cancelled.
    """
    queued = _move(
        job,
        "queued",
        sql.HELD,
        sql.WANTED,
        now=now,
        run_after=now + min(timedelta(seconds=wait), LONGEST_WAIT) if wait else None,
        failures=job.failures + failed,
        **_UNOWNED,
    )
    return queued or confirm_cancel(job, now=now)


def drop_queued(job: Job, *, now: datetime) -> bool:
    """Cancel a job nobody waits for any more before it has started."""
    return _move(job, "cancelled", sql.QUEUED, now=now)


def reap(job: Job, *, now: datetime) -> bool:
    """Take the job from a dead worker: queued again, cancelled if that was asked, or poisoned.

    False when its lease was renewed, or its end was asked for, since the job was read.
    """
    deaths = job.deaths + 1
    if job.cancel_requested_at:
        return _move(job, "cancelled", sql.LEASED, sql.UNWANTED, now=now, deaths=deaths)
    dead = (sql.LEASED, sql.WANTED)
    if deaths >= MAX_DEATHS:
        problem = JobPoisoned().to_problem()
        return _move(job, "failed", *dead, now=now, deaths=deaths, error=problem)
    return _move(job, "queued", *dead, now=now, deaths=deaths, run_after=None, **_UNOWNED)


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


_UNOWNED: Mapping[str, Any] = {"owner": None, "lease_until": None, "stage": "queued"}
_LEGAL_FROM: Mapping[str, tuple[str, ...]] = {
    target: tuple(state for state in LEGAL if target in LEGAL[state])
    for target in ("queued", "running", "succeeded", "failed", "cancelled")
}


def _move(
    job: Job, target: str, *fences: str, now: datetime, most: int | None = None, **columns: Any
) -> bool:
    """Move the job and its live reports to `target`, or change nothing and return False."""
    expires_at = columns.pop("expires_at", None)
    columns["state"] = target
    if target not in LIVE:
        columns |= {**_UNOWNED, "finished_at": now, "stage": target, "shared": False}
    statement = sql.move(tuple(columns), _LEGAL_FROM[target], *fences)
    changes = {f"to_{name}": _JOBS.adapted(name, value) for name, value in columns.items()}
    before = {name: getattr(job, name) for name in columns}
    try:
        # Within another transaction a savepoint is of no use: what fails here fails all of it.
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(statement, _fenced(job, now) | changes | {"most": most})
            if not cursor.rowcount:
                return False
            vars(job).update(columns)
            journal.record(_take_along(job, now, expires_at), EVENTS[target], now=now)
    except BaseException:
        vars(job).update(before)
        raise
    return True


def _fenced(job: Job, now: datetime) -> dict[str, Any]:
    """Return what the fences compare: this very attempt, by its owner, within its lease."""
    return {
        "id": job.pk,
        "attempt": job.attempt,
        "owner": _JOBS.adapted("owner", job.owner),
        "lease_until": _JOBS.adapted("lease_until", job.lease_until),
        "now": _JOBS.adapted("lease_until", now),
    }


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
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, (*columns, job.pk))
        reports = [_REPORTS.read(row) for row in cursor.fetchall()]
    for report in reports:
        report.job = job
    return sorted(reports, key=lambda report: report.created_at)


def _json(document: object) -> str | None:
    return None if document is None else orjson.dumps(document).decode()
