"""`/patterns`: what discovery has found, the most valuable first; whoever may, dismisses some."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from discovery.api import pattern_documents as documents
from discovery.models import PATTERN_KINDS
from discovery.patterns import kept
from discovery.patterns.representation import describe, describe_all
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy.api import reading
from warehouse.tenancy.audit import Actor

READ, WRITE = "reports:read", "campaigns:write"
FILTERS = ("kind", "dismissed")
DISMISSED = ("false", "true")


class Patterns(OrganizationView):
    """Lists patterns."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ}

    @documents.listing()
    def get(self, request: Request) -> HttpResponse:
        """List patterns, those of the highest estimated value first.

        Reports of the kind `discovery` find them. The dismissed are left out unless asked for.
        """
        found = kept.of(self.principal.tenant).filter(**_filters(request))
        shown = page(request, found, describe_all, time="estimated_value", place=_amount)
        return json_answer(shown)


class OnePattern(OrganizationView):
    """Shows a pattern."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": READ}

    @documents.showing()
    def get(self, request: Request, pattern_id: str) -> HttpResponse:
        """Answer with the pattern; `query` is the question that shows its events."""
        return json_answer(describe(kept.find(pattern_id, self.principal.tenant)))


class Dismiss(OrganizationView):
    """Dismisses a pattern."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": WRITE}
    decide = staticmethod(kept.dismiss)

    @documents.deciding("dismiss_pattern")
    def post(self, request: Request, pattern_id: str) -> HttpResponse:
        """Leave the pattern out of lists from now on, also when it is found again."""
        return self.decided(request, pattern_id)

    def decided(self, request: Request, pattern_id: str) -> HttpResponse:
        """Dismiss the pattern, or restore it, and answer with it."""
        reading.body_of(request, ()).faults.raise_any()
        found, at = kept.find(pattern_id, self.principal.tenant), now()
        by = Actor.of(self.principal)

        def effect() -> HttpResponse:
            return json_answer(describe(self.decide(found, by=by, now=at)))

        return once(request, self.principal, effect, now=at)


class Restore(Dismiss):
    """Takes a dismissal back."""

    decide = staticmethod(kept.restore)

    @documents.deciding("restore_pattern")
    def post(self, request: Request, pattern_id: str) -> HttpResponse:
        """Show the pattern in lists again."""
        return self.decided(request, pattern_id)


def _filters(request: Request) -> dict[str, Any]:
    """Return which patterns are listed; raises `InvalidRequest` naming every bad filter."""
    filters = reading.filters_of(request, FILTERS)
    kinds = filters.given["kind"].split(",") if "kind" in filters.given else []
    for kind in kinds:
        if kind not in PATTERN_KINDS:
            filters.faults.unknown("kind", kind, PATTERN_KINDS)
    dismissed = reading.choice(filters, "dismissed", DISMISSED, "false")
    filters.faults.raise_any()
    wanted: dict[str, Any] = {"dismissed_at__isnull": dismissed == "false"}
    return wanted | ({"kind__in": kinds} if kinds else {})


def _amount(text: Any) -> Decimal:
    amount = Decimal(str(text))
    if not amount.is_finite() or abs(amount.adjusted()) > documents.MOST_DIGITS:
        raise ValueError(text)
    return amount
