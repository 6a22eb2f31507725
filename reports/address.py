"""Where a client of this host finds the WebSocket, and how people find what letters name."""

from django.http import HttpRequest
from django.http.request import split_domain_port

from warehouse.env import ENV

PATH = "/ws/v1/"


def socket_url(request: HttpRequest) -> str:
    """Return the WebSocket's address: the configured one, else this host at the socket's port."""
    if ENV.ws_url:
        return ENV.ws_url
    domain, _ = split_domain_port(request.get_host())
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{domain}:{ENV.ws_port}{PATH}"


def public_url(path: str) -> str:
    """Return the whole address of a path, for somebody who is not asking just now."""
    return ENV.public_url + path
