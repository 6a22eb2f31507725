"""Django's own error pages: problem documents under /api/, plain pages elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from warehouse.exceptions import AccessDenied, InvalidRequest, NotFound, WarehouseError
from warehouse.gateway.problems import problem_answer, translate


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request Django itself refused, such as a bad host or a body over the cap."""
    return answer_error(request, translate(exception) or InvalidRequest())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a refused request."""
    return answer_error(request, AccessDenied())


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return answer_error(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours; Django has logged the exception."""
    return answer_error(request, _Logged())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without its CSRF token."""
    return answer_error(
        request, AccessDenied("The form has expired; reload the page and try again.")
    )


class _Logged(WarehouseError):
    """Something went wrong on our side; it has been logged."""

    expected = True  # Django's own handler wrote the trace already


def answer_error(request: HttpRequest, error: WarehouseError) -> HttpResponse:
    """Answer `error` as the address at hand answers: a problem document or a page."""
    if request.path_info.startswith("/api/"):
        return problem_answer(error)
    page = render(request, "gateway/error.html", {"error": error}, status=error.status)
    if error.retry_after is not None:
        page["Retry-After"] = str(error.retry_after)
    return page
