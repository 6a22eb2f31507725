"""How a request says who is asking: a bearer token, or the session of a logged-in person."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from warehouse.exceptions import AccessDenied, Unauthenticated
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden import gate


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`; the token decides the organization."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return the caller, or None when the header is absent."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        principal = gate.authenticate(token.strip(), request.META.get("HTTP_X_ORGANIZATION"))
        return principal, principal

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 answer asks for."""
        return 'Bearer realm="trellis"'


class SessionAuthentication(BaseAuthentication):
    """The session cookie of the pages; a request that changes something needs a CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return the caller, or None when nobody is logged in."""
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        _require_csrf_token(request._request)
        principal = gate.for_user(user, request.META.get("HTTP_X_ORGANIZATION"))
        return user, replace(principal, session=request._request.session.session_key or "")


def _require_csrf_token(request: HttpRequest) -> None:
    check = CSRFCheck(_no_view)
    check.process_request(request)
    reason = check.process_view(request, _no_view, (), {})
    if reason:
        raise AccessDenied(f"CSRF check failed: {reason}")


def _no_view(request: HttpRequest) -> Any:
    return None
