"""Turns every refusal and failure under /api/ into a problem document (RFC 9457)."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions as drf

from warehouse import exceptions
from warehouse.exceptions import FieldError, WarehouseError
from warehouse.gateway import context
from warehouse.gateway.answers import PROBLEM, json_answer

log = logging.getLogger(__name__)

# The first class that matches decides.
TRANSLATED: tuple[tuple[type[Exception], type[WarehouseError]], ...] = (
    (drf.NotAuthenticated, exceptions.Unauthenticated),
    (drf.AuthenticationFailed, exceptions.Unauthenticated),
    (drf.PermissionDenied, exceptions.AccessDenied),
    (drf.NotFound, exceptions.NotFound),
    (drf.MethodNotAllowed, exceptions.MethodNotAllowed),
    (drf.NotAcceptable, exceptions.NotAcceptable),
    (drf.UnsupportedMediaType, exceptions.UnsupportedMedia),
    (drf.Throttled, exceptions.LimitExceeded),
    (drf.APIException, exceptions.InvalidRequest),
    (Http404, exceptions.NotFound),
    (PermissionDenied, exceptions.AccessDenied),
    (RequestDataTooBig, exceptions.TooLarge),
    (SuspiciousOperation, exceptions.InvalidRequest),
    (BadRequest, exceptions.InvalidRequest),
    (UnreadablePostError, exceptions.InvalidRequest),
    (OperationalError, exceptions.SourceUnavailable),
)
BY_STATUS: Mapping[int, type[WarehouseError]] = {
    400: exceptions.InvalidRequest,
    401: exceptions.Unauthenticated,
    403: exceptions.AccessDenied,
    404: exceptions.NotFound,
    405: exceptions.MethodNotAllowed,
    406: exceptions.NotAcceptable,
    413: exceptions.TooLarge,
    415: exceptions.UnsupportedMedia,
    429: exceptions.LimitExceeded,
    503: exceptions.SourceUnavailable,
}
# Whose own words help the caller and give nothing away.
SPOKEN = (drf.ParseError, drf.UnsupportedMediaType, drf.MethodNotAllowed)


def answer_exception(error: Exception, context_of_view: Mapping[str, Any]) -> HttpResponse | None:
    """Answer an exception a view raised; REST framework's `EXCEPTION_HANDLER`.

    An exception nobody foresaw gives None: it goes on to Django, which logs it with its trace.
    """
    ours = translate(error)
    if ours is None:
        return None
    answer = problem_answer(ours)
    if ours.status == 405:
        answer["Allow"] = ", ".join(context_of_view["view"].allowed_methods)
    return answer


def translate(error: Exception) -> WarehouseError | None:
    """Return our error for a framework's one, or None if it is not a refusal we know."""
    if isinstance(error, WarehouseError):
        return error
    if isinstance(error, drf.ValidationError):
        return exceptions.InvalidRequest(errors=list(_fields(error.detail)))
    for theirs, ours in TRANSLATED:
        if isinstance(error, theirs):
            return _in_our_words(error, ours)
    return None


def problem_answer(error: WarehouseError) -> HttpResponse:
    """Return the problem document of `error` with the headers that go with its status."""
    if not error.expected:
        log.error("%s", error.detail, exc_info=error)
    answer = json_answer(
        error.to_problem(context.request_id.get() or None), error.status, content_type=PROBLEM
    )
    if error.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="trellis"'
    if error.retry_after is not None:
        answer["Retry-After"] = str(error.retry_after)
    return answer


def of_status(status: int) -> WarehouseError:
    """Return the error that stands for a bare HTTP status."""
    known = BY_STATUS.get(status)
    if known is not None:
        return known()
    return exceptions.InvalidRequest() if status < 500 else WarehouseError()


def _in_our_words(error: Exception, ours: type[WarehouseError]) -> WarehouseError:
    detail = str(error) if isinstance(error, SPOKEN) else None
    wait = getattr(error, "wait", None)
    return ours(detail, retry_after=None if wait is None else max(1, round(wait)))


def _fields(detail: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _fields(inner, f"{path}[{index}]" if nested else path)
    else:
        yield FieldError(path or "body", getattr(detail, "code", "invalid"), str(detail))
