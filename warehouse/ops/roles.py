"""What each role of the operator's people may do in the admin: groups, made anew at every start.

A person who may change users could make themselves anything, so only superusers may.
"""

from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

LOOK = ("view",)
ACT = ("view", "add", "change", "delete")
ROLES = {"support": LOOK, "operator": ACT}
"""`support` looks at everything but users; `operator` also acts on it."""


def sync() -> None:
    """Give each role's group exactly its permissions on every model the admin shows."""
    shown = [model for model in site._registry if model._meta.app_label != "auth"]
    seen = Q(content_type__app_label="tenancy", codename="view_membership")
    for role, verbs in ROLES.items():
        wanted = seen
        for model in shown:
            codes = [f"{verb}_{model._meta.model_name}" for verb in verbs]
            wanted |= Q(content_type__app_label=model._meta.app_label, codename__in=codes)
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(wanted))
