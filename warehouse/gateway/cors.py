"""What pages of other sites may do: send events, with a public key.

A preflight carries no key, so it is answered to everybody, without a name and without credentials;
the request itself is taken from the organization's allowed hosts only. Cookies are never allowed
from elsewhere, and nothing but events is.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from warehouse.exceptions import AccessDenied
from warehouse.tenancy.principal import Principal

PATHS = frozenset({"/api/v1/events"})
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Content-Encoding, Idempotency-Key, X-Request-ID"
    ),
    "Access-Control-Max-Age": "86400",
}
EXPOSED = "RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
ADMITTED = "_trellis_admitted_origin"


def preflight(request: HttpRequest) -> HttpResponse | None:
    """Answer a browser that asks whether a page may send events; None for anything else."""
    asks = request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META
    if not asks or request.path_info not in PATHS:
        return None
    return HttpResponse(status=204, headers=PREFLIGHT)


def admit(request: HttpRequest, principal: Principal) -> None:
    """Take a page's request if its host is allowed; raises `AccessDenied` if it is not.

    A secret key has no business in a page: it is answered, and the browser keeps the answer from
    the page.
    """
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or request.path_info not in PATHS or not principal.public:
        return
    if not is_allowed(origin, principal.tenant.allowed_hosts):
        raise AccessDenied("Pages of this host may not send events to your organization.")
    setattr(request, ADMITTED, origin)


def is_allowed(origin: str, hosts: Iterable[str]) -> bool:
    """Tell whether a page of `origin` lies on one of `hosts`, or below one after `*.`."""
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    return any(name.endswith(host[1:]) if host.startswith("*.") else name == host for host in hosts)


def answer(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Let an admitted page read the answer."""
    if request.path_info in PATHS:
        patch_vary_headers(response, ("Origin",))
        origin = getattr(request, ADMITTED, None)
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response
