"""`/erasures`: erase a visitor or the whole organization, and read the receipt."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from warehouse.clock import now
from warehouse.custody import orders, representation
from warehouse.custody.api import bodies, documents
from warehouse.exceptions import AccessDenied, InvalidRequest, Unauthenticated
from warehouse.gateway.answers import json_answer
from warehouse.gateway.authentication import BearerAuthentication, SessionAuthentication
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import JsonView, OrganizationView, receive
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization
from warehouse.tenancy.principal import Principal

ADMIN = "organization:admin"
RETRY_SECONDS = "2"


class Erasures(OrganizationView):
    """Asks for erasures and lists them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN, "POST": ADMIN}

    @documents.list_erasures()
    def get(self, request: Request) -> HttpResponse:
        """List the organization's erasures, newest first."""
        found = orders.of(self.principal, takeouts=False)
        return json_answer(
            page(request, found, lambda rows: [representation.erasure(one) for one in rows])
        )

    @documents.erase()
    def post(self, request: Request) -> HttpResponse:
        """Erase one visitor, or the organization whose slug is typed."""
        wanted = bodies.erasure(request)
        return once(request, self.principal, lambda: self._ask(wanted), now=now())

    def _ask(self, wanted: bodies.Wanted) -> HttpResponse:
        organization = Organization.objects.get(pk=self.principal.tenant.id)
        actor, at = Actor.of(self.principal), now()
        if wanted.visitor_id is not None:
            errand = orders.erase_visitor(organization, wanted.visitor_id, actor=actor, now=at)
        else:
            orders.require_owner(self.principal)
            errand = orders.erase_organization(
                organization,
                confirmation=wanted.organization or "",
                actor=actor,
                now=at,
                users=wanted.users,
            )
        return accepted(representation.erasure(errand))


class StillSomebody(SessionAuthentication):
    """A logged-in person, also one whose organization is suspended or gone by now."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return the person, and the caller if an organization vouches for it."""
        try:
            return super().authenticate(request)
        except (AccessDenied, InvalidRequest):
            user: Any = request._request.user
            return user, None  # type: ignore[return-value]


@extend_schema(auth=[{"token": []}, {"session": []}])  # type: ignore[list-item]
class Erasure(JsonView):
    """Shows an erasure to whoever asked for it, also when their organization is gone."""

    authentication_classes: Any = (BearerAuthentication, StillSomebody)

    @documents.show_erasure()
    def get(self, request: Request, erasure_id: str) -> HttpResponse:
        """Answer with the erasure, and with its receipt once it has ended."""
        principal: Any = request.auth
        user: Any = request.user
        if user is None:
            raise Unauthenticated
        person = not isinstance(user, Principal)
        tenant = None
        if isinstance(principal, Principal):
            receive(principal)
            tenant = principal.tenant.id if ADMIN in principal.scopes else None
        subject = f"user:{user.pk}" if person else user.subject
        errand = orders.visible(
            erasure_id,
            subject=subject,
            tenant=tenant,
            everything=person and user.is_active and user.is_superuser,
        )
        return json_answer(representation.erasure(errand))


def accepted(document: dict[str, Any]) -> HttpResponse:
    """Answer that an errand was taken on."""
    headers = {"Location": document["links"]["self"], "Retry-After": RETRY_SECONDS}
    return json_answer(document, 202, headers=headers)
