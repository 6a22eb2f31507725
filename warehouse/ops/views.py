"""`/healthz`: this process lives. `/readyz`: the whole product works. `/metrics`: its figures."""

from dataclasses import asdict
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from warehouse.clock import now
from warehouse.exceptions import SourceUnavailable
from warehouse.gateway import context
from warehouse.gateway.answers import PROBLEM, json_answer
from warehouse.ops import checks, metrics, organizations
from warehouse.tenancy.audit import came_from


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 for as long as the process answers at all."""
    return json_answer({"status": "alive"}, 200)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when every part works, else 503 and a problem document naming what is missing."""
    instant = now()
    found = {name: check(instant) for name, check in checks.READINESS.items()}
    parts = {
        name: {key: value for key, value in asdict(check).items() if value not in ("", None)}
        for name, check in found.items()
    }
    missing = [check.detail for check in found.values() if not check.ok]
    if not missing:
        return json_answer({"status": "ready", "checks": parts}, 200)
    problem = SourceUnavailable("Not ready: " + "; ".join(missing) + ".", retry_after=1)
    document = {**problem.to_problem(context.request_id.get() or None), "checks": parts}
    answer = json_answer(document, problem.status, content_type=PROBLEM)
    answer["Retry-After"] = "1"
    # Not being ready yet is an answer, not an error of ours: Django need not log it as one.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


PROXIED = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA"}


@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Answer this process's and the installation's figures as Prometheus text.

    What is told by organization is told on this machine and its private network only, and never
    through a proxy, whose own address would pass for the caller's.
    """
    text = generate_latest(metrics.REGISTRY)
    if not PROXIED & request.META.keys() and _is_near(came_from.get().ip):
        text += generate_latest(organizations.REGISTRY)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _is_near(address: str) -> bool:
    """Tell whether a caller is of this machine or a private network."""
    return bool(address) and ip_address(address).is_private
