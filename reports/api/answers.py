"""How results and reports become HTTP answers: kept bytes as they are, and headers that explain."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from reports import results
from reports.api.preferences import Preferences
from reports.models import Job, Report
from reports.representation import describe
from reports.waiting import WAITERS
from warehouse.engine import Answer
from warehouse.exceptions import Conflict, Gone, SourceUnavailable
from warehouse.gateway import context
from warehouse.gateway.answers import JSON, PROBLEM, json_answer
from warehouse.gateway.etags import not_modified

POLL_SECONDS = 1
RETRY_SECONDS = 5
VARY = "Authorization, X-Organization, Cookie"


def of_kept(request: HttpRequest, kept: Answer, now: datetime) -> HttpResponse:
    """Answer 200 with a result found in the cache, or 304 when the caller holds it."""
    age = max(0, int((now - kept.computed_at).total_seconds()))
    answer = result(request, kept.body, kept.etag)
    answer["Age"] = str(age)
    answer["Cache-Status"] = (
        f"Trellis; hit; ttl={kept.ttl_seconds - age}; detail={_quoted(kept.tier, kept.reason)}"
    )
    return answer


def in_time(
    request: HttpRequest,
    report: Report,
    wanted: Preferences,
    look: Callable[[], Answer | None] = lambda: None,
) -> HttpResponse:
    """Answer with the report's result if it ends within the wait, else 202 with the report.

    `look` looks for the result in the cache, which may have another answer to the same question.
    """
    if report.live and wanted.wait > 0:
        WAITERS.wait(report.pk, wanted.wait)
        report = Report.objects.select_related("job").get(pk=report.pk)
    answer = accepted(report) if report.live else _of_ended(request, report, wanted, look)
    if wanted.applied:
        answer["Preference-Applied"] = wanted.applied
    return answer


def result(request: HttpRequest, body: bytes, etag: str) -> HttpResponse:
    """Return a JSON result as it was stored, or 304."""
    answer: HttpResponse
    if not_modified(request, etag):
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(body, content_type=JSON)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = VARY
    return answer


def accepted(report: Report) -> HttpResponse:
    """Answer 202 with a report that is still to come."""
    answer = json_answer(describe(report), 202)
    answer["Location"] = f"/api/v1/reports/{report.pk}"
    answer["Retry-After"] = str(POLL_SECONDS)
    return answer


def failure(report: Report) -> HttpResponse:
    """Answer with the problem a report ended with."""
    answer = failure_of(report.error or {})
    answer["Content-Location"] = f"/api/v1/reports/{report.pk}"
    return answer


def _of_ended(
    request: HttpRequest,
    report: Report,
    wanted: Preferences,
    look: Callable[[], Answer | None],
) -> HttpResponse:
    if report.status == "failed":
        return failure(report)
    if report.status == "expired":
        raise Gone
    if report.status == "cancelled":
        raise Conflict("The report was cancelled before it had finished.")
    answer = result(request, *_body_of(report.job, look))
    cache = report.cache or {}
    why = "request" if wanted.fresh else "miss"
    detail = _quoted(cache.get("tier", "none"), cache.get("reason", ""))
    answer["Cache-Status"] = f"Trellis; fwd={why}; detail={detail}"
    answer["Content-Location"] = f"/api/v1/reports/{report.pk}/result"
    return answer


def _body_of(job: Job, look: Callable[[], Answer | None]) -> tuple[bytes, str]:
    """Return a job's result and its tag, from the cache if what is there is this very result."""
    kept = look() if job.result_etag else None
    if kept is not None and kept.etag == job.result_etag:
        return kept.body, kept.etag
    body = results.body(job)
    return body, job.result_etag or results.etag_of(hashlib.sha256(body).hexdigest())


def failure_of(problem: Mapping[str, Any]) -> HttpResponse:
    """Answer with the problem that a job has ended with, under its own status."""
    status = problem.get("status", 500)
    shown = {**problem, "request_id": context.request_id.get() or None}
    answer = json_answer(shown, status, content_type=PROBLEM)
    if status == SourceUnavailable.status:
        answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _quoted(tier: str, reason: str) -> str:
    text = f"{tier}: {reason}" if reason else tier
    return '"' + text.replace("\\", "").replace('"', "'") + '"'
