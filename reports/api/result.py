"""`/reports/ID/result`: a finished report's rows in the format asked for, streamed.

A worker makes what would keep a request waiting; the request waits for it, and says how far it is.
"""

import base64
from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from reports import jobs, results
from reports.api import answers, documents, preferences, ranges
from reports.exports import orders
from reports.formats import FORMATS
from reports.kinds import fields
from reports.models import LIVE, Job, Report
from reports.progress import ALMOST
from reports.waiting import WAITERS
from warehouse.clock import now
from warehouse.exceptions import Conflict, Gone, ReportNotFinished
from warehouse.gateway.answers import json_answer
from warehouse.gateway.downloads import Downloads
from warehouse.gateway.etags import not_modified
from warehouse.gateway.negotiation import require_acceptable
from warehouse.gateway.views import OrganizationView

DOWNLOADS = 32
RETRY_SECONDS = 2
WAIT_SECONDS = 10.0
"""How long a request waits for its format to be made unless it says otherwise."""
MEDIA_TYPES = {each.media_type.partition(";")[0]: name for name, each in FORMATS.items()}

_downloads = Downloads(
    DOWNLOADS,
    refusal=f"{DOWNLOADS} downloads are running; try again.",
    retry_after=RETRY_SECONDS,
)


class Result(OrganizationView):
    """Streams a result."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "reports:read"}
    media_types: ClassVar[tuple[str, ...]] = tuple(MEDIA_TYPES)

    @documents.result()
    def get(self, request: Request, report_id: str) -> HttpResponseBase:
        """Answer with the result, a range of it, or 304; 202 while its format is being made."""
        format_ = _format(request)
        report = jobs.find(report_id, self.principal.tenant)
        _require_result(report)
        stored = orders.stored(report.job, format_)
        if stored is None:
            return self._made(request, report, format_)
        return _download(request._request, report, format_, stored)

    def _made(self, request: Request, report: Report, format_: str) -> HttpResponseBase:
        """Answer with the format once a worker has made it, or with what there is to say."""
        ordered = orders.order(report.job, FORMATS[format_], now=now())
        wanted = preferences.read(request.META, default=WAIT_SECONDS)
        if ordered and ordered.state in LIVE:
            WAITERS.wait(f"export:{ordered.pk}", wanted.wait, lambda _: orders.ended(ordered.pk))
            ordered.refresh_from_db()
        if ordered is None or ordered.state == "succeeded":
            stored = orders.stored(report.job, format_)
            if stored is None:
                raise Gone
            return _download(request._request, report, format_, stored)
        if ordered.state == "failed":
            return answers.failure_of(ordered.error or {})
        answer = json_answer(_progress(report, ordered), 202)
        answer["Location"] = request.get_full_path()
        answer["Retry-After"] = str(answers.POLL_SECONDS)
        answer["Vary"] = f"Accept, {answers.VARY}"
        if wanted.applied:
            answer["Preference-Applied"] = wanted.applied
        return answer


def _progress(report: Report, ordered: Job) -> dict[str, object]:
    """Tell how far the making of a format is."""
    return {
        "report": str(report.pk),
        "format": ordered.request["format"],
        "status": ordered.state if ordered.state in LIVE else "queued",
        "progress": {
            "fraction": min(ordered.fraction, ALMOST),
            "rows_written": ordered.rows_read,
            "rows_total": report.job.result_rows,
        },
    }


def _format(request: Request) -> str:
    errors = fields.unknown(request.GET, ("format",), what="parameter")
    wanted = request.GET.get("format")
    if wanted is not None:
        errors += fields.unknown([wanted], tuple(FORMATS), what="format", at="format")
    if errors:
        raise fields.invalid(errors)
    if wanted is not None:
        return wanted
    return MEDIA_TYPES[require_acceptable(request.META.get("HTTP_ACCEPT", ""), tuple(MEDIA_TYPES))]


def _require_result(report: Report) -> None:
    if report.status in LIVE:
        raise ReportNotFinished
    if report.status == "expired":
        raise Gone
    if report.status != "succeeded":
        raise Conflict(f"The report {report.status}, so it has no result; retry it.")


def _download(
    request: HttpRequest, report: Report, format_: str, stored: results.Stored
) -> HttpResponseBase:
    etag = (format_ == "json" and report.job.result_etag) or results.etag_of(stored.sha256)
    headers = _headers(report, format_, stored, etag)
    if not_modified(request, etag):
        unchanged = HttpResponseNotModified(headers=headers)
        del unchanged["Content-Type"]
        return unchanged
    wanted = ranges.read(request.META, stored.bytes, etag)
    if wanted is None:
        answer = _stream(request, stored, 0, stored.bytes, 200)
    else:
        answer = _stream(request, stored, wanted.start, wanted.stop, 206)
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{stored.bytes}"
    for name, value in headers.items():
        answer[name] = value
    return answer


def _headers(report: Report, format_: str, stored: results.Stored, etag: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(stored.sha256)).decode()
    return {
        "Content-Type": FORMATS[format_].media_type,
        "Content-Disposition": f'attachment; filename="{report.kind}-{report.pk}.{format_}"',
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Vary": f"Accept, {answers.VARY}",
        "X-Row-Count": str(stored.rows),
        "X-Content-SHA256": stored.sha256,
        "Repr-Digest": f"sha-256=:{digest}:",
    }


def _stream(
    request: HttpRequest, stored: results.Stored, start: int, stop: int, status: int
) -> HttpResponseBase:
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse(status=status)
    else:
        answer = StreamingHttpResponse(
            _downloads.stream(partial(results.stream, stored, start=start, end=stop)), status=status
        )
    answer["Content-Length"] = str(stop - start)
    return answer
