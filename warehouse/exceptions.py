"""Every error the product raises on purpose, and how each looks to a caller.

WarehouseError               500 internal-error
├─ InvalidRequest            400 invalid-request        `errors` names every bad field
├─ Unauthenticated           401 unauthenticated
├─ AccessDenied              403 access-denied
├─ NotFound                  404 not-found              also another organization's object
├─ MethodNotAllowed          405 method-not-allowed
├─ NotAcceptable             406 not-acceptable
├─ Conflict                  409 conflict
│  └─ ReportNotFinished      409 report-not-finished
├─ Gone                      410 gone                   an expired result
├─ TooLarge                  413 too-large
├─ UnsupportedMedia          415 unsupported-media-type
├─ RangeNotSatisfiable       416 range-not-satisfiable
├─ Unprocessable             422 unprocessable
│  ├─ IdempotencyMismatch    422 idempotency-key-reused
│  └─ NotEnoughData          422 not-enough-data
├─ LimitExceeded             429 limit-exceeded         `retry_after` seconds
│  └─ QueryTooExpensive      429 query-too-expensive    `alternatives` that fit; waiting is no help
├─ JobPoisoned               500 job-poisoned           it took several workers with it
├─ WardenUnavailable         503 warden-unavailable     nobody can say who asks; retryable
└─ SourceError               502 source-error           a data source failed; retryable
   ├─ SourceUnavailable      503 source-unavailable     retryable
   │  ├─ Recounting          503 recounting             retryable, and worth more patience
   │  └─ MailUnavailable     503 mail-unavailable       a letter could not be handed over
   ├─ SourceTimeout          504 source-timeout
   ├─ QueryCancelled         500 query-cancelled        we killed it ourselves
   └─ QueryRejected          500 query-rejected         our SQL is wrong: reported, not retried

The docstring of a class is its default message. SQL, stack traces and secrets never enter
`detail`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: `field` is a path such as `filters[1].operator`."""

    field: str
    code: str
    detail: str


class WarehouseError(Exception):
    """Something went wrong on our side; it has been logged."""

    status = 500
    code = "internal-error"
    title = "Internal error"
    retryable = False
    expected = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.detail = detail or (type(self).__doc__ or "").split("\n")[0]
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.more = dict(more or {})
        super().__init__(self.detail)

    def to_problem(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the RFC 9457 problem document for this error."""
        problem: dict[str, Any] = {
            "type": f"urn:trellis:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.errors:
            problem["errors"] = [asdict(error) for error in self.errors]
        return {**self.more, **problem}


class InvalidRequest(WarehouseError):
    """The request is malformed or names something that does not exist."""

    status, code, title, expected = 400, "invalid-request", "Invalid request", True


class Unauthenticated(WarehouseError):
    """Send a valid token: `Authorization: Bearer TOKEN`."""

    status, code, title, expected = 401, "unauthenticated", "Authentication required", True


class AccessDenied(WarehouseError):
    """This token may not do that."""

    status, code, title, expected = 403, "access-denied", "Access denied", True


class NotFound(WarehouseError):
    """There is nothing here."""

    status, code, title, expected = 404, "not-found", "Not found", True


class MethodNotAllowed(WarehouseError):
    """This address does not take that method; see the `Allow` header."""

    status, code, title, expected = 405, "method-not-allowed", "Method not allowed", True


class NotAcceptable(WarehouseError):
    """None of the media types in `Accept` can be produced here."""

    status, code, title, expected = 406, "not-acceptable", "Not acceptable", True


class Conflict(WarehouseError):
    """The object is in a state that does not allow this."""

    status, code, title, expected = 409, "conflict", "Conflict", True


class ReportNotFinished(Conflict):
    """The report has not finished; poll its `self` link or watch the socket."""

    code, title = "report-not-finished", "Report not finished"


class Gone(WarehouseError):
    """The result has expired; retry the report to compute it again."""

    status, code, title, expected = 410, "gone", "Gone", True


class TooLarge(WarehouseError):
    """The request is larger than the limit."""

    status, code, title, expected = 413, "too-large", "Too large", True


class UnsupportedMedia(WarehouseError):
    """The content type or encoding is not supported."""

    status, code, title, expected = 415, "unsupported-media-type", "Unsupported media type", True


class RangeNotSatisfiable(WarehouseError):
    """The range lies beyond the end."""

    status, code, title, expected = 416, "range-not-satisfiable", "Range not satisfiable", True


class Unprocessable(WarehouseError):
    """The request is well formed but cannot be carried out."""

    status, code, title, expected = 422, "unprocessable", "Unprocessable", True


class IdempotencyMismatch(Unprocessable):
    """This Idempotency-Key was used with another body; use a new key."""

    code, title = "idempotency-key-reused", "Idempotency key reused"


class NotEnoughData(Unprocessable):
    """There is not enough data to answer."""

    code, title = "not-enough-data", "Not enough data"


class LimitExceeded(WarehouseError):
    """A limit of the organization was reached; try again later."""

    status, code, title, expected = 429, "limit-exceeded", "Limit exceeded", True


class QueryTooExpensive(LimitExceeded):
    """The question reads more rows than the organization may read at a time; ask about less."""

    code, title = "query-too-expensive", "Query too expensive"


class JobPoisoned(WarehouseError):
    """The job was given up: three workers running it died one after the other."""

    status, code, title = 500, "job-poisoned", "Job given up"


class WardenUnavailable(WarehouseError):
    """Who is asking cannot be found out now; try again in a moment."""

    status, code, title = 503, "warden-unavailable", "Warden unavailable"
    retryable = expected = True


class SourceError(WarehouseError):
    """The data source failed; the request may be tried again."""

    status, code, title, retryable = 502, "source-error", "Data source error", True


class SourceUnavailable(SourceError):
    """The data source cannot be reached; try again in a moment."""

    status, code, title = 503, "source-unavailable", "Data source unavailable"


class Recounting(SourceUnavailable):
    """Sessions and sums are being counted anew after an interruption; try again shortly."""

    code, title = "recounting", "Being counted anew"


class MailUnavailable(SourceUnavailable):
    """The mail server did not take the letter; what it was for is undone. Try again in a moment."""

    code, title, expected = "mail-unavailable", "Mail unavailable", True


class SourceTimeout(SourceError):
    """The query ran longer than its time limit; ask for less or submit it as a report."""

    status, code, title, retryable, expected = 504, "source-timeout", "Time limit", False, True


class QueryCancelled(SourceError):
    """The query was cancelled."""

    status, code, title, retryable, expected = 500, "query-cancelled", "Cancelled", False, True


class QueryRejected(SourceError):
    """The data source refused the query; this is a fault of ours and has been logged."""

    status, code, title, retryable = 500, "query-rejected", "Query rejected", False
