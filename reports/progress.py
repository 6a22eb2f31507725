"""How far a running job is: kept on its row for those who poll, announced to those who listen."""

from typing import Any, Protocol

from reports import events
from reports.models import Job
from reports.representation import describe

PERIOD = 0.5
"""A job's progress is told every so many seconds."""
ALMOST = 0.99
"""The most a job may have done before it has finished."""


class Seen(Protocol):
    """What the engine says of a running query."""

    rows_read: int
    rows_total: int
    bytes_read: int


def tell(job: Job, seen: Seen | None, *, stage: str, seconds: float) -> None:
    """Write and announce how far the attempt is; the fraction never falls."""
    columns: dict[str, Any] = {"stage": stage, "elapsed_ms": int(seconds * 1000)}
    if seen:
        columns |= {
            "rows_read": seen.rows_read,
            "rows_total": max(seen.rows_total, seen.rows_read),
            "bytes_read": seen.bytes_read,
            "fraction": max(job.fraction, _fraction(seen)),
        }
    held = Job.objects.filter(pk=job.pk, attempt=job.attempt, state="running")
    if not held.update(**columns):
        return
    for name, value in columns.items():
        setattr(job, name, value)
    for report in job.reports.filter(status="running"):
        report.job = job
        events.progressed(str(job.organization_id), describe(report))


def _fraction(seen: Seen) -> float:
    if not seen.rows_total:
        return 0.0
    return min(round(seen.rows_read / seen.rows_total, 4), ALMOST)
