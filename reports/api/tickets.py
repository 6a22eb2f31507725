"""`/ws-tickets`: what a page without our cookie opens a socket with."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from reports import tickets
from reports.address import socket_url
from reports.api import bodies, documents
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.views import OrganizationView


class Tickets(OrganizationView):
    """Issues one-use tickets."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": "reports:read"}

    @documents.ticket()
    def post(self, request: Request) -> HttpResponse:
        """Issue a ticket that opens one socket within a minute."""
        bodies.read(request, ())
        issue = partial(self._issue, request)
        return once(request, self.principal, issue, now=now(), personal=True)

    def _issue(self, request: Request) -> HttpResponse:
        ticket = tickets.issue(self.principal)
        url = socket_url(request._request)
        body = {
            "ticket": ticket,
            "expires_in": tickets.LIFETIME_SECONDS,
            "url": f"{url}?ticket={ticket}",
        }
        return json_answer(body, 201, headers={"Cache-Control": "no-store"})
