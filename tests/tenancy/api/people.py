"""What the tests of these doors share: people, and what was put on record."""

from django.contrib.auth import get_user_model

from warehouse.tenancy.models import AuditEntry, Membership


def person(organization, role, name=None):
    """Return a new user who is a member of the organization, called by their role."""
    name = name or role
    user = get_user_model().objects.create_user(name, f"{name}@acme.example", "a-long-password")
    Membership.objects.create(user=user, organization=organization, role=role)
    return user


def member_id(organization, name):
    return Membership.objects.get(organization=organization, user__username=name).pk


def patch(client, path, body=None):
    return client.patch(f"/api/v1{path}", body or {}, "application/json")


def delete(client, path):
    return client.delete(f"/api/v1{path}")


def deeds(**filters):
    """Return the actions on record, the oldest first."""
    return list(
        AuditEntry.objects.filter(**filters).order_by("at", "id").values_list("action", flat=True)
    )
