"""What happens to every request before and after the rest: its id, its bounds, its last touches."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from warehouse.exceptions import WarehouseError
from warehouse.gateway import bodies, context, cors, peers
from warehouse.gateway.answers import PROBLEM
from warehouse.gateway.compression import compress
from warehouse.gateway.errors import answer_error
from warehouse.gateway.limits import tell_limits
from warehouse.gateway.policy import protect
from warehouse.gateway.problems import of_status, problem_answer
from warehouse.gateway.secrecy import shown
from warehouse.limiting.standing import told
from warehouse.tenancy.audit import Origin, came_from

log = logging.getLogger(__name__)
QUIET = frozenset({"GET", "HEAD"})
SLOW_SECONDS = 1.0


class Gateway:
    """The outermost middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request, give it an id and leave one log line."""
        started = time.perf_counter()
        request_id = context.take_request_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        context.request_id.set(request_id)
        context.organization.set("")
        told.set(())
        came_from.set(Origin(peers.address(request.META), request_id))
        refusal = bodies.refuse(request)
        first = problem_answer(refusal) if refusal else cors.preflight(request)
        response = first or self._get_response(request)
        for finish in FINISHES:
            response = finish(request, response)
        response.headers["X-Request-ID"] = request_id
        _log_request(request, response, time.perf_counter() - started)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer what a page refuses; the API's views answer by themselves."""
        if isinstance(exception, WarehouseError) and exception.expected:
            return answer_error(request, exception)
        return None


def explain(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Put a problem document in place of a bare or HTML error under /api/."""
    if response.status_code < 400 or not request.path_info.startswith("/api/"):
        return response
    if response.headers.get("Content-Type", "").startswith((PROBLEM, "application/json")):
        return response
    answer = problem_answer(of_status(response.status_code))
    answer.status_code = response.status_code
    if "Allow" in response.headers:
        answer["Allow"] = response.headers["Allow"]
    return answer


FINISHES = (explain, tell_limits, cors.answer, protect, compress)


def _log_request(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Leave a line, at DEBUG for a quick read that went well: those come by the thousand."""
    dull = request.method in QUIET and response.status_code < 400 and seconds < SLOW_SECONDS
    level = logging.DEBUG if dull else logging.INFO
    if log.isEnabledFor(level):
        line = f"{request.method} {shown(request.path)} {response.status_code}"
        log.log(level, line, extra={"milliseconds": round(seconds * 1000, 1)})
