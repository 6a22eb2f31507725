"""The public form of a report, the same over REST and sockets (contract §3)."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reports.models import Job, Report

BASE = "/api/v1/reports"
FAR = 1000


def describe(report: Report) -> dict[str, Any]:
    """Return the report document; loads `report.job` unless it was selected with the report."""
    return describe_all([report])[0]


def describe_all(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Return the documents of reports of one organization, at the price of one query at most."""
    before = _queued(reports)
    return [_document(report, before) for report in reports]


def _document(report: Report, before: Sequence[int]) -> dict[str, Any]:
    return {
        "id": str(report.pk),
        "kind": report.kind,
        "status": report.status,
        "progress": _progress(report, report.job, before),
        "created_at": _instant(report.created_at),
        "started_at": _instant(report.started_at),
        "finished_at": _instant(report.finished_at),
        "expires_at": _instant(report.expires_at),
        "request": report.request,
        "error": report.error,
        "cache": report.cache,
        "links": _links(report),
    }


def _progress(report: Report, job: Job, before: Sequence[int]) -> dict[str, Any]:
    succeeded = report.status in {"succeeded", "expired"}
    return {
        "fraction": 1.0 if succeeded else min(job.fraction, 0.99),
        "stage": job.stage if report.live else report.status,
        "rows_read": job.rows_read,
        "rows_total": job.rows_total,
        "bytes_read": job.bytes_read,
        "elapsed_ms": job.elapsed_ms,
        "queue_position": bisect_left(before, job.pk) + 1 if report.status == "queued" else None,
    }


def _queued(reports: Sequence[Report]) -> list[int]:
    """Return the organization's queued jobs, oldest first, as far as anyone cares for a place."""
    waiting = [report.job for report in reports if report.status == "queued"]
    if not waiting:
        return []
    newest = max(waiting, key=lambda job: job.pk)
    before = Job.objects.filter(
        queue=newest.queue,
        organization_id=newest.organization_id,
        state="queued",
        pk__lt=newest.pk,
    )
    return list(before.order_by("pk").values_list("pk", flat=True)[:FAR])


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
