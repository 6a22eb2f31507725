"""Who opens a socket: by token, by one-use ticket, or by the dashboard's session and its origin."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host

from reports import tickets
from warehouse.env import ENV
from warehouse.exceptions import AccessDenied, InvalidRequest, Unauthenticated
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden import gate

SCOPE = "reports:read"
MOST_FIELDS = 20
DEFAULT_PORTS = {"http": 80, "https": 443}


def identify(scope: Mapping[str, Any]) -> Principal:
    """Return the caller of an ASGI connection; raises what `gate.Warden` raises."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = _query(scope["query_string"].decode("latin-1"))
    named = headers.get("x-organization") or query.get("organization", [""])[0] or None
    if "authorization" in headers:
        principal = gate.authenticate(_bearer(headers["authorization"]), named)
    elif "ticket" in query:
        principal = _of_holder(tickets.redeem(query["ticket"][0]))
    else:
        principal = _of_session(headers, named)
    principal.require(SCOPE)
    return principal


def renew(principal: Principal) -> Principal:
    """Return what `principal` may do now; raises when its key, login or membership is gone."""
    holder = tickets.Holder(
        principal.subject, principal.tenant.slug, principal.session, principal.credential
    )
    renewed = _of_holder(holder)
    renewed.require(SCOPE)
    return renewed


def is_own_origin(origin: str, host: str) -> bool:
    """Tell whether a page of `origin` is ours: same host, on a port that we serve."""
    domain, port = split_domain_port(host.lower())
    try:
        page = urlsplit(origin.lower())
        page_port = page.port or DEFAULT_PORTS.get(page.scheme)
    except ValueError:
        return False
    own_ports = {ENV.port, ENV.ws_port, int(port) if port else DEFAULT_PORTS.get(page.scheme)}
    return (
        page.scheme in DEFAULT_PORTS
        and validate_host(domain, settings.ALLOWED_HOSTS)
        and page.hostname == domain.strip("[]")
        and page_port in own_ports
    )


def _query(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise InvalidRequest(f"The address has more than {MOST_FIELDS} parameters.") from None


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()


def _of_session(headers: Mapping[str, str], named: str | None) -> Principal:
    cookie = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if not cookie:
        raise Unauthenticated("Send a token, a ticket or the session of a logged-in person.")
    if not is_own_origin(headers.get("origin", ""), headers.get("host", "")):
        raise AccessDenied("A session opens sockets only from this site's own pages.")
    return replace(gate.for_user(_logged_in(cookie), named), session=cookie)


def _logged_in(session: str) -> Any:
    """Return who is logged in by a session: nobody once they have logged out or changed it."""
    request = HttpRequest()
    request.session = SessionStore(session)
    return get_user(request)


def _of_holder(holder: tickets.Holder) -> Principal:
    if not holder.session:
        return gate.renew(holder.subject, holder.organization, holder.credential)
    person = _logged_in(holder.session)
    if holder.subject != f"user:{person.pk}":
        raise Unauthenticated("This login has ended.")
    return replace(gate.for_user(person, holder.organization), session=holder.session)
