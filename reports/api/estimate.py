"""`/analytics/KIND/estimate`: what a question would take, told without running it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request

from reports import costs, limits, pace
from reports.api import bodies, documents
from reports.kinds import Kind
from warehouse.answer import rfc3339
from warehouse.clock import now
from warehouse.estimates import Estimate
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import key_of, once
from warehouse.gateway.views import OrganizationView
from warehouse.language.query import Window


class Question(OrganizationView):
    """Estimates one kind of question."""

    kind: ClassVar[Kind]
    scopes: ClassVar[Mapping[str, str | None]] = {"POST": "reports:read"}

    def post(self, request: Request) -> HttpResponse:
        """Say what the question in the body would take."""
        body, at = bodies.read_any(request), now()
        if key_of(request) is None:
            return self._answer(body, at)
        return once(request, self.principal, lambda: self._answer(body, at), now=at)

    def _answer(self, body: Mapping[str, Any], at: datetime) -> HttpResponse:
        tenant, most = self.principal.tenant, limits.EXPORT_ROWS
        query = self.kind.parse(body, tenant=tenant, now=at, max_limit=most)
        found, cheaper = costs.weigh(self.kind, body, query, tenant=tenant, now=at, max_limit=most)
        return json_answer(
            {
                **_described(found),
                "limit": tenant.rows_per_query,
                "alternatives": cheaper,
            }
        )


def _described(found: Estimate) -> dict[str, Any]:
    query = found.plan.query
    return {
        "rows": found.rows,
        "bytes": found.bytes,
        "seconds": found.seconds(pace.rows_a_second()),
        "table": found.plan.table,
        "reason": found.plan.reason,
        "considered": [asdict(verdict) for verdict in found.plan.verdicts],
        "unknown": list(found.unknown),
        "window": _shown(query.window, query.timezone),
        "previous": query.previous and _shown(query.previous, query.timezone),
        "exact": found.exact,
    }


def _shown(window: Window, zone: str) -> dict[str, str]:
    return {"start": rfc3339(window.start, zone), "end": rfc3339(window.end, zone)}


def view_of(kind: Kind) -> type[Question]:
    """Return the view that estimates one kind of question, described for the OpenAPI document."""
    doc = f"Estimates asking for {kind.tells}."
    made = type(f"{kind.name.title()}Estimate", (Question,), {"kind": kind, "__doc__": doc})
    return extend_schema_view(post=documents.estimate(kind))(made)
