"""`/api/v1`: where everything is, for people and programs that start here."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from reports.address import socket_url
from reports.api import documents
from reports.kinds import KINDS
from warehouse.gateway.answers import json_answer
from warehouse.gateway.views import JsonView

BASE = "/api/v1"
PEOPLE = ("me", "organization", "members", "invitations", "keys", "audit")


class Root(JsonView):
    """Names the links; it tells nothing about anybody, so nobody need say who they are."""

    @documents.root()
    def get(self, request: Request) -> HttpResponse:
        """Answer with the addresses of the API."""
        return json_answer(
            {
                "name": "Trellis Warehouse",
                "version": 1,
                "links": {
                    "self": BASE,
                    "schema": f"{BASE}/schema",
                    "docs": f"{BASE}/docs",
                    "catalog": f"{BASE}/catalog",
                    "events": f"{BASE}/events",
                    "reports": f"{BASE}/reports",
                    "erasures": f"{BASE}/erasures",
                    "exports": f"{BASE}/exports",
                    "ws_tickets": f"{BASE}/ws-tickets",
                    **{name: f"{BASE}/{name}" for name in PEOPLE},
                    **{f"analytics.{name}": f"{BASE}/analytics/{name}" for name in KINDS},
                },
                "websocket": socket_url(request._request),
            }
        )


@extend_schema(exclude=True)
class RootBySlash(Root):
    """The same for whoever types a slash behind it."""
