"""Security headers: what a browser may load, and that API answers are kept by no shared cache."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from warehouse.env import ENV

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self' {socket}; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)

# What no page of ours needs, whatever is put into it.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
        *("geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment"),
        *("publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"),
    )
)


def protect(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Add the policy that fits the answer's kind; a view's own headers stay."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        policy = PAGE_POLICY.format(socket=_socket_origin(request))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    else:
        policy = API_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    if "HTTP_AUTHORIZATION" not in request.META:  # no page can embed what needs a token
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.path_info.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _socket_origin(request: HttpRequest) -> str:
    """Return the origin of the WebSocket door: another port unless a proxy joins the two."""
    if ENV.ws_url:
        parts = urlsplit(ENV.ws_url)
        return f"{parts.scheme}://{parts.netloc}"
    name = request.META.get("HTTP_HOST", "localhost")
    host = name[: name.find("]") + 1] if name.startswith("[") else name.partition(":")[0]
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{host}:{ENV.ws_port}"
