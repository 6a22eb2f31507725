"""`/reports/ID`: one report, and what may be done with it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from reports import jobs
from reports.api import answers, bodies, documents
from reports.models import Report
from reports.representation import describe
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import audit
from warehouse.tenancy.principal import Principal


class Detail(OrganizationView):
    """Shows a report, and deletes it."""

    scopes: ClassVar[Mapping[str, str | None]] = {
        "GET": "reports:read",
        "DELETE": "reports:write",
    }

    @documents.report()
    def get(self, request: Request, report_id: str) -> HttpResponse:
        """Answer with the report as it stands."""
        return json_answer(describe(jobs.find(report_id, self.principal.tenant)))

    @documents.deletion()
    def delete(self, request: Request, report_id: str) -> HttpResponse:
        """Delete a report that has ended, with its result and its events."""
        report, at = jobs.find(report_id, self.principal.tenant), now()
        noted = partial(_record, "report.deleted", report, by=self.principal, at=at)
        jobs.delete(report, now=at, noted=noted)
        return HttpResponse(status=204)


class _Change(OrganizationView):
    """Does something to a report and answers 202 with it."""

    scopes: ClassVar[Mapping[str, str | None]] = {}
    action: ClassVar[str]

    def change(self, request: Request, report_id: str, act: Callable[..., Report]) -> HttpResponse:
        """Do `act` to the report, once for each idempotency key."""
        bodies.read(request, ())
        report = jobs.find(report_id, self.principal.tenant)
        at = now()

        def effect() -> HttpResponse:
            _record(self.action, report, by=self.principal, at=at)
            return answers.accepted(act(report, now=at))

        return once(request, self.principal, effect, now=at)


class Cancel(_Change):
    """Cancels a report."""

    action = "report.cancelled"
    scopes: ClassVar[Mapping[str, str | None]] = {"POST": "reports:write"}

    @documents.change("cancel")
    def post(self, request: Request, report_id: str) -> HttpResponse:
        """Cancel the report; it ends within two seconds, and its query when nobody else waits."""
        return self.change(request, report_id, jobs.cancel)


class Retry(_Change):
    """Asks a report that has ended without a result again."""

    action = "report.retried"
    scopes: ClassVar[Mapping[str, str | None]] = {"POST": "reports:write"}

    @documents.change("retry")
    def post(self, request: Request, report_id: str) -> HttpResponse:
        """Queue the report again under its own id."""
        return self.change(request, report_id, jobs.retry)


def _record(action: str, report: Report, *, by: Principal, at: datetime) -> None:
    """Put on record what is done to a report, and whose it was."""
    audit.record(
        action,
        actor=audit.Actor.of(by),
        organization=by.tenant,
        now=at,
        target=f"report:{report.pk}",
        details={"kind": report.kind, "asked_by": report.subject},
    )
