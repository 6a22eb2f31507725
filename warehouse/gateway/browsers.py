"""What only people in browsers need: session, login and messages.

A request that brings an `Authorization` header to the API is answered by its token alone, so it
goes past all three: they were a fifth of the cost of a small answer.
"""

from typing import Any

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest


class _PastTokens:
    """Mixed into a middleware: leaves requests with a token alone."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_AUTHORIZATION" in request.META and request.path_info.startswith("/api/"):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class SessionMiddleware(_PastTokens, sessions.SessionMiddleware):
    """Django's sessions."""


class AuthenticationMiddleware(_PastTokens, auth.AuthenticationMiddleware):
    """Django's `request.user`."""


class MessageMiddleware(_PastTokens, messages.MessageMiddleware):
    """Django's messages."""
