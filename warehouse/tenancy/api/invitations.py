"""`/invitations`: roles offered by e-mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from warehouse.clock import now
from warehouse.exceptions import MailUnavailable
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import forget, once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import invitations, letters, members
from warehouse.tenancy.api import documents, reading
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.models import Invitation as Row
from warehouse.tenancy.principal import ROLES

EXAMPLE = {"email": "ada@example.com", "role": "analyst"}


class Invitations(OrganizationView):
    """Lists invitations and makes them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN, "POST": ADMIN}

    @documents.listing("list_invitations", "InvitationPage")
    def get(self, request: Request) -> HttpResponse:
        """List invitations, those that were accepted, revoked or have expired too."""
        reading.filters_of(request).faults.raise_any()
        found = Row.objects.filter(organization_id=self.principal.tenant.id)
        return json_answer(page(request, found, partial(_described, at=now())))

    @documents.making(
        "invite", "NewInvitation", "Invitation", example=EXAMPLE, refusals=(409, 429, 503)
    )
    def post(self, request: Request) -> HttpResponse:
        """Send an invitation; it works once, for a week, and takes the place of an earlier one."""
        body = reading.body_of(request, ("email", "role"))
        email = reading.email(body, "email")
        role = reading.choice(body, "role", tuple(ROLES))
        body.faults.raise_any()
        at = now()
        made: list[tuple[Row, str]] = []

        def effect() -> HttpResponse:
            made.append(members.invite(email, role, by=self.principal, now=at))
            return json_answer(_described([made[0][0]], at)[0], 201)

        answer = once(request, self.principal, effect, now=at)
        for invitation, token in made:  # the database waits for no mail server
            self._send(request, invitation, token)
        return answer

    def _send(self, request: Request, invitation: Row, token: str) -> None:
        link = f"{reverse('invitation')}?{urlencode({'token': token})}"
        try:
            letters.send_invitation(invitation, request.build_absolute_uri(link))
        except MailUnavailable:
            with transaction.atomic():
                invitations.revoke(invitation, actor=Actor.of(self.principal), now=now())
                forget(request, self.principal)
            raise


class Invitation(OrganizationView):
    """Takes an invitation back."""

    scopes: ClassVar[Mapping[str, str | None]] = {"DELETE": ADMIN}

    @documents.removing(
        "revoke_invitation", "It opens nothing.", documents.INVITATION_ID, refusals=(409,)
    )
    def delete(self, request: Request, invitation_id: str) -> HttpResponse:
        """Take an invitation back; one that was accepted is a member to remove."""
        invitation = invitations.find(invitation_id, self.principal.tenant)
        invitations.revoke(invitation, actor=Actor.of(self.principal), now=now())
        return HttpResponse(status=204)


def _described(rows: Sequence[Row], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": str(one.pk),
            "email": one.email,
            "role": one.role,
            "status": invitations.state(one, at),
            "invited_by": one.invited_by,
            "created_at": one.created_at,
            "expires_at": one.expires_at,
        }
        for one in rows
    ]
