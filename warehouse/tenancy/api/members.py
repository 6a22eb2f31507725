"""`/members`: who belongs to the organization, and as what."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import members
from warehouse.tenancy.api import documents, reading
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.models import Membership
from warehouse.tenancy.principal import ROLES


class Members(OrganizationView):
    """Lists members."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN}

    @documents.listing("list_members", "MemberPage")
    def get(self, request: Request) -> HttpResponse:
        """List who belongs to the organization."""
        reading.filters_of(request).faults.raise_any()
        found = Membership.objects.filter(organization_id=self.principal.tenant.id)
        return json_answer(page(request, found.select_related("user"), _described))


class Member(OrganizationView):
    """Changes a member's role, and ends a membership."""

    scopes: ClassVar[Mapping[str, str | None]] = {"PATCH": ADMIN, "DELETE": None}

    @documents.changing(
        "change_member", "NewRole", "Member", documents.MEMBER_ID, example={"role": "analyst"}
    )
    def patch(self, request: Request, member_id: int) -> HttpResponse:
        """Give a member another role; only an owner makes or unmakes owners."""
        body = reading.body_of(request, ("role",))
        role = reading.choice(body, "role", tuple(ROLES))
        body.faults.raise_any()
        member = members.change_role(member_id, role, by=self.principal, now=now())
        return json_answer(_described([member])[0])

    @documents.removing(
        "remove_member", "They belong no longer.", documents.MEMBER_ID, refusals=(409,)
    )
    def delete(self, request: Request, member_id: int) -> HttpResponse:
        """End a membership: an administrator anybody's, everybody their own.

        Their sessions and sockets here end within five seconds, and so do the invitations they
        made; keys stay, because they are the organization's.
        """
        members.remove(member_id, by=self.principal, now=now())
        return HttpResponse(status=204)


def _described(rows: Sequence[Membership]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.pk,
            "subject": f"user:{one.user_id}",
            "name": one.user.get_username(),
            "email": one.user.email,
            "role": one.role,
            "created_at": one.created_at,
        }
        for one in rows
    ]
