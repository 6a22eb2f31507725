"""The public form of a report, the same over REST and sockets (contract §3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from reports.models import Job, Report
from warehouse.sql.reports import places

BASE = "/api/v1/reports"


def describe(report: Report) -> dict[str, Any]:
    """Return the report document; loads `report.job` unless it was selected with the report."""
    return describe_all([report])[0]


def describe_all(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Return the documents of reports of one organization, at the price of one query at most."""
    found = _places(reports)
    return [_document(report, found.get(report.job_id)) for report in reports]


def _document(report: Report, place: int | None) -> dict[str, Any]:
    return {
        "id": str(report.pk),
        "kind": report.kind,
        "status": report.status,
        "progress": _progress(report, report.job, place),
        "created_at": _instant(report.created_at),
        "started_at": _instant(report.started_at),
        "finished_at": _instant(report.finished_at),
        "expires_at": _instant(report.expires_at),
        "request": report.request,
        "error": report.error,
        "cache": report.cache,
        "links": _links(report),
    }


def _progress(report: Report, job: Job, place: int | None) -> dict[str, Any]:
    succeeded = report.status in {"succeeded", "expired"}
    return {
        "fraction": 1.0 if succeeded else min(job.fraction, 0.99),
        "stage": job.stage if report.live else report.status,
        "rows_read": job.rows_read,
        "rows_total": job.rows_total,
        "bytes_read": job.bytes_read,
        "elapsed_ms": job.elapsed_ms,
        "queue_position": place if report.status == "queued" else None,
    }


def _places(reports: Sequence[Report]) -> dict[int, int]:
    """Return the place of each waiting job among those of its organization, the next one's is 1."""
    waiting = {report.job_id for report in reports if report.status == "queued"}
    if not waiting:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(places(len(waiting)), [*waiting])
        return dict(cursor.fetchall())


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
