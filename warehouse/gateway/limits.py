"""Tells the caller on every limited answer where it stands.

The headers' form is that of draft-ietf-httpapi-ratelimit-headers.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from warehouse.limiting.standing import told


def tell_limits(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Add `RateLimit-Policy` and `RateLimit` for the limits that were counted."""
    standings = told.get()
    if standings:
        response.headers["RateLimit-Policy"] = ", ".join(each.policy for each in standings)
        response.headers["RateLimit"] = ", ".join(each.state for each in standings)
    return response
