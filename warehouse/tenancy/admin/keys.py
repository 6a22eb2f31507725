"""API keys in the admin: issued and revoked, never shown again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.tenancy import keyring
from warehouse.tenancy.admin.made import MadeByDomain, filled_in
from warehouse.tenancy.admin.watched import Watched, actor_of
from warehouse.tenancy.keyring import Issuer, Wish
from warehouse.tenancy.models import ApiKey
from warehouse.tenancy.principal import SCOPES


class KeyState(admin.SimpleListFilter):
    """Keys that open something, or no longer do."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(state, state) for state in ("live", "expired", "revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        """Return the keys in the state chosen."""
        unrevoked, over = Q(revoked_at=None), Q(expires_at__lte=now())
        wanted = {
            "live": unrevoked & ~over,
            "expired": unrevoked & over,
            "revoked": ~unrevoked,
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


class ApiKeyForm(MadeByDomain):
    """A new key: for whom, what for, and until when."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope} · {what}") for scope, what in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "kind", "scopes", "expires_at")

    def make(self) -> ApiKey:
        """Create the key; it bears its token as `fresh_token`, this once."""
        given = self.cleaned_data
        wish = Wish(given["name"], frozenset(given["scopes"]), given["kind"], given["expires_at"])
        by = Issuer(self.actor, SCOPES)
        key, token = keyring.create(given["organization"].pk, wish, by=by, now=now())
        vars(key)["fresh_token"] = token
        return key


@admin.register(ApiKey)
class ApiKeyAdmin(Watched):
    """Keys: issued and revoked here, never changed or deleted, so the list is also the record."""

    form = ApiKeyForm
    list_display = (
        *("name", "organization", "kind", "token_start", "can", "state", "expires_at"),
        "last_used_at",
    )
    list_filter = (KeyState, "kind", "organization")
    date_hierarchy = "created_at"
    fields = (
        *("organization", "name", "kind", "token_start", "can", "state"),
        *("created_at", "expires_at", "last_used_at", "revoked_at", "replaces"),
    )
    list_select_related = ("organization",)
    search_fields = ("name", "prefix", "organization__slug")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the list and its actions be used, but no key be edited."""
        return obj is None and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for what a new key needs, and show everything but the digest of an old one."""
        return self.fields if obj else self.form.Meta.fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a key is revoked instead."""
        return False

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **more: Any
    ) -> Any:
        """Ask in the name of who is logged in."""
        form = super().get_form(request, obj, change, **more)
        return form if obj else filled_in(form, request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing more: creating has saved it."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep it in the key's history; the domain has put it into the audit log itself."""
        return admin.ModelAdmin.log_addition(self, request, obj, message)

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
        return keyring.state(key, now())

    @admin.action(permissions=["change"], description="Revoke: refuse these keys from now on")
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """Revoke the chosen keys."""
        live = list(chosen.filter(revoked_at=None))
        issuer = Issuer(actor_of(request), SCOPES)
        for key in live:
            keyring.revoke(key, by=issuer, now=now())
            self.note(request, key, "Revoked.")
        self.message_user(request, f"Revoked {len(live)}. They are refused within seconds.")


def _ending(at: datetime) -> Iterator[Note]:
    soon = ApiKey.objects.filter(
        revoked_at=None, expires_at__gt=at, expires_at__lte=at + timedelta(days=7)
    )
    if count := soon.count():
        text = f"{counted(count, 'key expires', 'keys expire')} within a week"
        yield Note(text, reverse("admin:tenancy_apikey_changelist") + "?state=live")


TELLERS.append(_ending)
