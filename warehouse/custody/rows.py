"""The relational rows that belong to an organization, found by looking at every model there is."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet

from warehouse.custody.models import Errand
from warehouse.custody.places import Place
from warehouse.tenancy.models import AuditEntry, ErasedOrganization, Membership, Organization

OUTLIVE: tuple[type[Model], ...] = (AuditEntry, Errand, ErasedOrganization)
"""What stays: it says what was done, and by whom, and that it holds for good."""
AT_ONCE = 500
"""One statement deletes no more rows: on SQLite nobody else writes meanwhile."""


def owned() -> list[type[Model]]:
    """Return the models whose rows name an organization, those first that others do not need."""
    waiting = [model for model in apps.get_models() if _owner(model) and model not in OUTLIVE]
    found: list[type[Model]] = []
    while waiting:
        needed = {target for model in waiting for target in _targets(model) if target is not model}
        free = [model for model in waiting if model not in needed]
        found += free
        waiting = [model for model in waiting if model not in free]
    return found


def places(organization_id: str) -> list[Place]:
    """Return a place for each model, in the order their rows can be deleted."""
    return [_place(model, organization_id) for model in owned()]


def of(model: type[Model], organization_id: str) -> QuerySet[Model]:
    """Return an organization's rows of a model."""
    return model._base_manager.filter(**{_owner(model): organization_id})


def only_here(organization_id: UUID) -> list[int]:
    """Return the people who belong to this organization alone and administrate nothing."""
    elsewhere = Membership.objects.exclude(organization=organization_id).values("user")
    members = Membership.objects.filter(organization=organization_id)
    alone = members.exclude(user__in=elsewhere).exclude(user__is_staff=True)
    return list(alone.exclude(user__is_superuser=True).values_list("user", flat=True))


def people(pks: Sequence[int]) -> Place:
    """Return the place of people, named while they were members, who belong to nobody by now."""
    users = get_user_model()._base_manager.filter(pk__in=pks, memberships=None)

    def remove() -> None:
        users.delete()

    return Place("people", "people", users.count, remove)


def _place(model: type[Model], organization_id: str) -> Place:
    rows = of(model, organization_id)

    def remove() -> None:
        while pks := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
            model._base_manager.filter(pk__in=pks).delete()

    return Place(f"database.{model._meta.db_table}", "rows", rows.count, remove)


def _owner(model: type[Model]) -> str:
    """Return the column that names the organization, or nothing."""
    if model is Organization:
        return "pk"
    names = (
        field.attname
        for field in model._meta.concrete_fields
        if field.name == "organization_id" or field.related_model is Organization
    )
    return next(names, "")


def _targets(model: type[Model]) -> Iterable[type[Model]]:
    fields = (field.related_model for field in model._meta.concrete_fields)
    return [target for target in fields if isinstance(target, type) and issubclass(target, Model)]
