"""The public form of a report, the same over REST and sockets (contract §3)."""

from datetime import datetime
from typing import Any

from reports.models import Job, Report

BASE = "/api/v1/reports"
FAR = 1000


def describe(report: Report) -> dict[str, Any]:
    """Return the report document; loads `report.job` unless it was selected with the report."""
    return {
        "id": str(report.pk),
        "kind": report.kind,
        "status": report.status,
        "progress": _progress(report, report.job),
        "created_at": _instant(report.created_at),
        "started_at": _instant(report.started_at),
        "finished_at": _instant(report.finished_at),
        "expires_at": _instant(report.expires_at),
        "request": report.request,
        "error": report.error,
        "cache": report.cache,
        "links": _links(report),
    }


def _progress(report: Report, job: Job) -> dict[str, Any]:
    succeeded = report.status in {"succeeded", "expired"}
    return {
        "fraction": 1.0 if succeeded else min(job.fraction, 0.99),
        "stage": job.stage if report.live else report.status,
        "rows_read": job.rows_read,
        "rows_total": job.rows_total,
        "bytes_read": job.bytes_read,
        "elapsed_ms": job.elapsed_ms,
        "queue_position": _position(job) if report.status == "queued" else None,
    }


def _position(job: Job) -> int:
    """Return the job's place among its organization's queued ones, counted as far as anyone cares.

    The next one is 1.
    """
    before = Job.objects.filter(
        queue=job.queue, organization_id=job.organization_id, state="queued", pk__lt=job.pk
    )
    return before.order_by()[:FAR].count() + 1


def _links(report: Report) -> dict[str, str | None]:
    url = f"{BASE}/{report.pk}"
    return {
        "self": url,
        "result": f"{url}/result",
        "cancel": f"{url}/cancel",
        "retry": f"{url}/retry",
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
