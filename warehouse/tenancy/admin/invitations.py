"""Invitations in the admin: who was asked in, and a way to take it back."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from warehouse.clock import now
from warehouse.tenancy import invitations
from warehouse.tenancy.admin.watched import ReadOnly, actor_of
from warehouse.tenancy.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Invitations: sent through the API, taken back here."""

    list_display = ("email", "organization", "role", "state", "created_at", "expires_at")
    list_filter = ("role", "organization")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__slug")
    actions = ("revoke",)
    fields = (
        *("email", "organization", "role", "state", "invited_by", "created_at"),
        *("expires_at", "accepted_at", "accepted_by", "revoked_at"),
    )

    @admin.display
    def state(self, invitation: Invitation) -> str:
        """Return what became of it."""
        return invitations.state(invitation, now())

    @admin.action(permissions=["change"], description="Revoke: the link opens nothing any more")
    def revoke(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        """Revoke the open ones among the chosen."""
        still_open = list(chosen.filter(accepted_at=None, revoked_at=None))
        for invitation in still_open:
            invitations.revoke(invitation, actor=actor_of(request), now=now())
            self.note(request, invitation, "Revoked.")
        self.message_user(request, f"Revoked {len(still_open)}.")
