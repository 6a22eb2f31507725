"""`/audit`: what was done in the organization, by whom, when and from where."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from warehouse.gateway.answers import json_answer
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import audit
from warehouse.tenancy.api import documents, reading
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.models import AuditEntry

SHOWN = ("at", "action", "actor", "actor_name", "target", "details", "ip", "request_id")


class Audit(OrganizationView):
    """Lists the audit log."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN}

    @documents.listing("list_audit_entries", "AuditPage", *documents.FILTERS)
    def get(self, request: Request) -> HttpResponse:
        """List what the filters let through; entries are never changed and never deleted."""
        filters = reading.filters_of(request, ("action", "actor", "since", "until"))
        wanted = {name: reading.instant(filters, name) for name in ("since", "until")}
        filters.faults.raise_any()
        actions, actors = (reading.words(filters, name) for name in ("action", "actor"))
        found = audit.entries(self.principal.tenant, actions=actions, actors=actors, **wanted)
        return json_answer(page(request, found, _described, time="at"))


def _described(rows: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    return [{"id": str(one.pk), **{name: getattr(one, name) for name in SHOWN}} for one in rows]
