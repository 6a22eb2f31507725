"""`/organization`: the caller's organization, its settings, limits and usage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from warehouse import days
from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import preferences
from warehouse.tenancy.api import documents, reading
from warehouse.tenancy.api.components import LIMITS
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.models import Organization

EXAMPLE = {"timezone": "Europe/Berlin", "week_start": "sunday", "bot_filter": False}


class OrganizationDetail(OrganizationView):
    """Shows the organization and changes its settings."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": "reports:read", "PATCH": ADMIN}

    @documents.showing("show_organization", "Organization")
    def get(self, request: Request) -> HttpResponse:
        """Answer with the organization; null limits are any number."""
        organization = Organization.objects.get(pk=self.principal.tenant.id)
        return json_answer(described(organization, now()))

    @documents.changing(
        "change_organization", "OrganizationSettings", "Organization", example=EXAMPLE
    )
    def patch(self, request: Request) -> HttpResponse:
        """Change settings; what is left out stays. Everything follows within five seconds.

        Another currency does not convert the revenue that is stored already.
        """
        wanted = preferences.read(reading.body_of(request, tuple(preferences.READERS)))
        at, actor = now(), Actor.of(self.principal)
        organization = preferences.change(self.principal.tenant.id, wanted, actor=actor, now=at)
        return json_answer(described(organization, at))


def described(organization: Organization, at: datetime) -> dict[str, Any]:
    """Return the organization as it is shown."""
    limits = organization.limits()
    stored = days.stored(str(organization.pk), month=at)
    return {
        "id": str(organization.pk),
        "slug": organization.slug,
        **{name: getattr(organization, name) for name in preferences.READERS},
        "plan": organization.plan,
        "limits": {
            name: getattr(limits, name, None) or getattr(organization, name) for name in LIMITS
        },
        "usage": {
            "members": organization.memberships.count(),
            "keys": organization.keys.filter(revoked_at=None).count(),
            **stored,
        },
        "created_at": organization.created_at,
    }
