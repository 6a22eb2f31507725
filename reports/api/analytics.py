"""`/analytics/KIND`: a question answered from the cache, or by a job within the wait, or later."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from reports import jobs, limits
from reports.api import answers, bodies, documents, preferences
from reports.api.kept import cache
from reports.kinds import KINDS, Kind, fields
from reports.models import Report
from warehouse import engine
from warehouse.clock import now
from warehouse.exceptions import InvalidRequest, NotFound
from warehouse.gateway.idempotency import key_of, once
from warehouse.gateway.views import OrganizationView


class Question(OrganizationView):
    """Asks one kind of report by POST."""

    kind: ClassVar[Kind]
    scopes: ClassVar[Mapping[str, str | None]] = {"POST": "reports:read"}

    def post(self, request: Request) -> HttpResponse:
        """Answer the question in the body."""
        return self.ask(request, bodies.read_any(request))

    def ask(self, request: Request, body: Mapping[str, Any]) -> HttpResponse:
        """Answer `body`: what is kept, else a report and its result if that comes in time."""
        wanted = preferences.read(request.META)
        key = key_of(request) if request.method == "POST" else None
        at = now()
        query = self.kind.parse(
            body, tenant=self.principal.tenant, now=at, max_limit=limits.ANALYTICS_ROWS
        )
        # Under a key the first answer counts, and only a report can be answered from twice.
        if not wanted.fresh and key is None:
            kept = self.kind.lookup(query, cache=cache(), now=at)
            if kept is not None:
                return answers.of_kept(request._request, kept, at)
        submit = partial(self._submit, body, wanted, at)
        report = submit() if key is None else self._submit_once(request, submit, at)

        def look() -> engine.Answer | None:
            if wanted.fresh:
                engine.forget(query, cache=cache(), now=at)
            return self.kind.lookup(query, cache=cache(), now=at)

        return answers.in_time(request._request, report, wanted, look)

    def _submit(
        self, body: Mapping[str, Any], wanted: preferences.Preferences, at: datetime
    ) -> Report:
        return jobs.submit(
            kind=self.kind.name,
            body=body,
            tenant=self.principal.tenant,
            subject=self.principal.subject,
            now=at,
            timeout_seconds=limits.ANALYTICS_SECONDS,
            force=wanted.fresh,
            announced=False,
        )

    def _submit_once(self, request: Request, submit: Callable[[], Report], at: datetime) -> Report:
        """Submit, or find the report that the same key has submitted before."""
        first = once(request, self.principal, lambda: answers.accepted(submit()), now=at)
        return jobs.find(first["Location"].rpartition("/")[2], self.principal.tenant)


class FlatQuestion(Question):
    """Asks one kind of report by POST, or by GET with flat parameters."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "reports:read", "POST": "reports:read"}

    def get(self, request: Request) -> HttpResponse:
        """Answer the question in the parameters."""
        given = {name: request.GET.getlist(name) for name in request.GET}
        assert self.kind.parameters is not None  # noqa: S101  urls.py routes only such kinds here
        try:
            return self.ask(request, self.kind.parameters(given))
        except InvalidRequest as exc:
            if not exc.errors:
                raise
            raise fields.invalid(fields.rename(exc.errors, self.kind.names)) from exc


@extend_schema(exclude=True)
class NoKind(OrganizationView):
    """Answers for kinds that do not exist."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": None, "POST": None}

    def get(self, request: Request, kind: str) -> HttpResponse:
        """Say which kinds there are."""
        raise NotFound(fields.unknown([kind], tuple(KINDS), what="kind of report")[0].detail)

    post = get


def view_of(kind: Kind) -> type[Question]:
    """Return the view that asks one kind of report, described for the OpenAPI document."""
    base = FlatQuestion if kind.parameters else Question
    described = {"post": documents.question(kind)}
    if kind.parameters:
        described["get"] = documents.flat_question(kind)
    doc = f"Asks for {kind.tells}."
    made = type(f"{kind.name.title()}Question", (base,), {"kind": kind, "__doc__": doc})
    return extend_schema_view(**described)(made)
