"""`/me`: who is asking, for which organization, and which they may name."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from warehouse.exceptions import InvalidRequest, Unauthenticated
from warehouse.gateway.answers import json_answer
from warehouse.gateway.authentication import BearerAuthentication, SessionAuthentication
from warehouse.gateway.views import JsonView, receive
from warehouse.tenancy import members
from warehouse.tenancy.api import documents
from warehouse.tenancy.models import Membership, Organization
from warehouse.tenancy.principal import Principal


class Undecided(SessionAuthentication):
    """A session whose person belongs to several organizations need not name one here."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the caller, with no principal where it takes a choice that was not made."""
        try:
            return super().authenticate(request)
        except InvalidRequest:
            return request._request.user, None


@extend_schema(auth=[{"token": []}, {"session": []}])  # type: ignore[list-item]
class Me(JsonView):
    """Says who is asking; whoever is nobody, or a public key, is refused as elsewhere."""

    authentication_classes: Any = (BearerAuthentication, Undecided)

    @documents.showing("show_me", "Me")
    def get(self, request: Request) -> HttpResponse:
        """Answer who is asking, what they may do, and which organizations they may name."""
        principal = request.auth
        if isinstance(principal, Principal):
            return json_answer(_of_principal(principal))
        if request.user is None:
            raise Unauthenticated
        return json_answer(_of_person(request.user))


def _of_principal(principal: Principal) -> dict[str, Any]:
    receive(principal)
    kind, _, identity = principal.subject.partition(":")
    member = members.own(principal)
    organization = Organization.objects.get(pk=principal.tenant.id)
    chosen = _named(organization, member.role if member else None)
    return {
        "subject": principal.subject,
        "name": principal.name,
        "organization": chosen,
        "member_id": member.pk if member else None,
        "scopes": sorted(principal.scopes),
        "organizations": _of_user(identity) if kind == "user" else [chosen],
    }


def _of_person(user: Any) -> dict[str, Any]:
    return {
        "subject": f"user:{user.pk}",
        "name": user.get_username(),
        "organization": None,
        "member_id": None,
        "scopes": [],
        "organizations": _of_user(user.pk),
    }


def _of_user(user_id: Any) -> list[dict[str, Any]]:
    rows = Membership.objects.filter(user_id=user_id, organization__suspended_at=None)
    found = rows.select_related("organization").order_by("organization__slug")
    return [_named(one.organization, one.role) for one in found]


def _named(organization: Organization, role: str | None) -> dict[str, Any]:
    return {"slug": organization.slug, "name": organization.name, "role": role}
