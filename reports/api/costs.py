"""`/costs`: what campaigns cost day by day, sent from outside and listed."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from reports.api import cost_documents, cost_rows
from warehouse import costs
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import MIB, OrganizationView
from warehouse.models import Cost
from warehouse.studies.cents import number
from warehouse.tenancy import audit


class Costs(OrganizationView):
    """Takes and lists an organization's costs."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "reports:read", "POST": "campaigns:write"}
    body_limit: ClassVar[int] = 8 * MIB

    @cost_documents.listing()
    def get(self, request: Request) -> HttpResponse:
        """List the costs that the filters let through, the latest stored first."""
        found = costs.listed(self.principal.tenant.id, **cost_rows.wanted(request.GET))
        return json_answer(page(request, found, _described, time="stored_at"))

    @cost_documents.storing()
    def post(self, request: Request) -> HttpResponse:
        """Store costs, each in place of what was known of its day and campaign."""
        spent = cost_rows.spent(request.data)
        at = now()

        def effect() -> HttpResponse:
            stored = costs.store(self.principal.tenant.id, spent, now=at)
            audit.record(
                "costs.imported",
                actor=audit.Actor.of(self.principal),
                organization=self.principal.tenant,
                now=at,
                details={"stored": stored},
            )
            return json_answer({"stored": stored})

        return once(request, self.principal, effect, now=at)


def _described(rows: Sequence[Cost]) -> list[dict[str, Any]]:
    return [
        {"day": one.day, "campaign_id": one.campaign_id, "spend": number(one.units)} for one in rows
    ]
