"""The addresses of organizations and their people, under `/api/v1`."""

from django.urls import path

from warehouse.tenancy.api.audit import Audit
from warehouse.tenancy.api.invitations import Invitation, Invitations
from warehouse.tenancy.api.keys import Key, Keys, Rotate
from warehouse.tenancy.api.me import Me
from warehouse.tenancy.api.members import Member, Members
from warehouse.tenancy.api.organization import OrganizationDetail

urlpatterns = [
    path("me", Me.as_view(), name="me"),
    path("organization", OrganizationDetail.as_view(), name="organization"),
    path("members", Members.as_view(), name="members"),
    path("members/<int:member_id>", Member.as_view(), name="member"),
    path("invitations", Invitations.as_view(), name="invitations"),
    path("invitations/<str:invitation_id>", Invitation.as_view(), name="invitation-detail"),
    path("keys", Keys.as_view(), name="keys"),
    path("keys/<str:key_id>", Key.as_view(), name="key"),
    path("keys/<str:key_id>/rotate", Rotate.as_view(), name="key-rotate"),
    path("audit", Audit.as_view(), name="audit"),
]
