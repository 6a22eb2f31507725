"""`/reports`: the organization's reports, newest first, and a way to submit one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from reports import jobs, limits
from reports.api import answers, bodies, documents
from reports.kinds import KINDS, fields
from reports.models import STATUSES
from reports.representation import describe_all
from warehouse.clock import now
from warehouse.exceptions import FieldError, InvalidRequest
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView

FILTERS = ("status", "kind", "created_after", "created_before", "limit", "cursor")
FIELDS = ("kind", "request", "priority")


class Collection(OrganizationView):
    """Lists reports and submits them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "reports:read", "POST": "reports:write"}

    @documents.collection()
    def get(self, request: Request) -> HttpResponse:
        """List the reports that the filters let through."""
        found = jobs.recent(self.principal.tenant, **_filters(request))
        return json_answer(page(request, found, describe_all))

    @documents.submission()
    def post(self, request: Request) -> HttpResponse:
        """Submit a report; it is answered later, whatever the cache holds."""
        body = bodies.read(request, FIELDS)
        _check(body)
        at = now()
        return once(request, self.principal, lambda: self._submit(body, at), now=at)

    def _submit(self, body: Mapping[str, Any], at: datetime) -> HttpResponse:
        try:
            report = jobs.submit(
                kind=body["kind"],
                body=body.get("request", {}),
                tenant=self.principal.tenant,
                subject=self.principal.subject,
                now=at,
                timeout_seconds=limits.REPORT_SECONDS,
                priority=limits.PRIORITIES[_priority(body)],
            )
        except InvalidRequest as exc:
            raise fields.invalid(_inside(exc.errors)) from exc
        return answers.accepted(report)


def _filters(request: Request) -> dict[str, Any]:
    """Return the arguments of `jobs.recent`; raises `InvalidRequest` naming every bad filter."""
    given = {name: request.GET.getlist(name) for name in request.GET}
    errors = fields.unknown(given, FILTERS, what="filter")
    statuses = _words(given.get("status", []))
    kinds = _words(given.get("kind", []))
    errors += fields.unknown(statuses, STATUSES, what="status", at="status")
    errors += fields.unknown(kinds, tuple(KINDS), what="kind of report", at="kind")
    times = {name: given[name][-1] for name in ("created_after", "created_before") if name in given}
    read: dict[str, Any] = {name: _instant(text) for name, text in times.items()}
    errors += [
        FieldError(name, "invalid", "This is an RFC 3339 time with its offset.")
        for name, instant in read.items()
        if instant is None
    ]
    if errors:
        raise fields.invalid(errors)
    return {"statuses": statuses, "kinds": kinds, **read}


def _words(values: list[str]) -> list[str]:
    return [word for value in values for word in value.split(",") if word]


def _instant(text: str) -> datetime | None:
    # A plus sign that was not escaped has become a space on its way here.
    try:
        instant = parse_datetime(text.replace(" ", "+"))
        aware = instant is not None and instant.tzinfo is not None
        return instant.astimezone(UTC) if instant is not None and aware else None
    except (ValueError, OverflowError):
        return None


def _check(body: Mapping[str, Any]) -> None:
    kind, asked = body.get("kind"), body.get("request", {})
    errors = []
    if not isinstance(kind, str) or kind not in KINDS:
        errors += fields.unknown([kind or ""], tuple(KINDS), what="kind of report", at="kind")
    if not isinstance(asked, Mapping):
        errors.append(FieldError("request", "invalid", "This must be a JSON object."))
    errors += fields.unknown([_priority(body)], limits.SUBMITTED, what="priority", at="priority")
    if errors:
        raise fields.invalid(errors)


def _priority(body: Mapping[str, Any]) -> Any:
    return body.get("priority", limits.SUBMITTED[0])


def _inside(errors: Sequence[FieldError]) -> list[FieldError]:
    """Return `errors` of a request with their paths as the caller sees them."""
    return [replace(error, field=f"request.{error.field}") for error in errors]
