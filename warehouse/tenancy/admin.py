"""Organizations, their members and their keys in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from warehouse.clock import now
from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey, Membership, Organization
from warehouse.tenancy.principal import SCOPES

admin.site.site_header = "Trellis Warehouse"
admin.site.site_title = "Trellis Warehouse"
admin.site.index_title = "Administration"


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who belongs to the organization."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Tenants: created, renamed and suspended here; deleting one needs more than its row."""

    list_display = ("slug", "name", "timezone", "currency", "members", "live_keys", "state")
    search_fields = ("slug", "name")
    list_filter = (("suspended_at", admin.EmptyFieldListFilter),)
    fields = (
        "slug",
        "name",
        "timezone",
        "currency",
        "currency_rates",
        *("rows_per_query", "jobs_at_once", "report_seconds", "export_rows", "result_days"),
        "created_at",
        "suspended_at",
    )
    readonly_fields = ("created_at", "suspended_at")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    inlines = (MembershipInline,)
    actions = ("suspend", "reinstate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """Return organizations with how many members and live keys each has."""
        rows: QuerySet[Organization] = super().get_queryset(request)
        live = Count("keys", filter=Q(keys__revoked_at=None), distinct=True)
        return rows.annotate(member_count=Count("memberships", distinct=True), key_count=live)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """Offer a slug for a new organization only: an old one's is in other people's scripts."""
        return {} if obj else dict(self.prepopulated_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the rows in the engine would stay behind."""
        return False

    @admin.display(ordering="member_count")
    def members(self, organization: Any) -> int:
        """Return how many people belong to it."""
        return int(organization.member_count)

    @admin.display(description="keys", ordering="key_count")
    def live_keys(self, organization: Any) -> int:
        """Return how many keys are not revoked."""
        return int(organization.key_count)

    @admin.display(ordering="suspended_at")
    def state(self, organization: Organization) -> str:
        """Return whether it is served."""
        return "suspended" if organization.suspended_at else "active"

    @admin.action(
        permissions=["change"], description="Suspend: refuse every request of the organization"
    )
    def suspend(self, request: HttpRequest, chosen: QuerySet[Organization]) -> None:
        """Suspend the chosen organizations."""
        count = chosen.filter(suspended_at=None).update(suspended_at=now())
        self.message_user(request, f"Suspended {count}.")

    @admin.action(permissions=["change"], description="Reinstate")
    def reinstate(self, request: HttpRequest, chosen: QuerySet[Organization]) -> None:
        """Serve the chosen organizations again."""
        count = chosen.exclude(suspended_at=None).update(suspended_at=None)
        self.message_user(request, f"Reinstated {count}.")


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new key: for whom, what for, and until when."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope} · {what}") for scope, what in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys: issued and revoked here, never changed or deleted, so the list is also the record."""

    form = ApiKeyForm
    list_display = ("name", "organization", "token_start", "can", "state", "last_used_at")
    list_filter = ("organization", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("name", "prefix", "organization__slug")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the list and its actions be used, but no key be edited."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a key is revoked instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save a new key under a fresh token."""
        obj.fresh_token = keys.put_token(obj)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token, this once; it is stored nowhere, the session included."""
        context = {**self.admin_site.each_context(request), "key": obj, "token": obj.fresh_token}
        context["title"] = "Copy this token now"
        return render(request, "admin/tenancy/apikey/issued.html", context)

    @admin.display(description="token")
    def token_start(self, key: ApiKey) -> str:
        """Return what tells tokens apart without giving one away."""
        return f"{key.prefix}…"

    @admin.display(description="scopes")
    def can(self, key: ApiKey) -> str:
        """Return the scopes as words."""
        return ", ".join(key.scopes)

    @admin.display(ordering="revoked_at")
    def state(self, key: ApiKey) -> str:
        """Return whether the key opens anything."""
        return key_state(key, now())

    @admin.action(permissions=["change"], description="Revoke: refuse these keys from now on")
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """Revoke the chosen keys."""
        count = chosen.filter(revoked_at=None).update(revoked_at=now())
        self.message_user(request, f"Revoked {count}. They are refused within seconds.")


def key_state(key: ApiKey, at: datetime) -> str:
    """Return `revoked`, `expired` or `live`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= at else "live"
