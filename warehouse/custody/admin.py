"""Errands in the admin: erasures and exports are asked for and watched, receipts are read."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from warehouse.clock import now
from warehouse.custody import orders
from warehouse.custody.models import Errand
from warehouse.tenancy.admin.made import MadeByDomain, filled_in
from warehouse.tenancy.admin.watched import ReadOnly
from warehouse.tenancy.models import Organization

ASKABLE = {
    "takeout": "export everything the organization owns",
    "visitor": "erase one visitor",
    "organization": "erase the organization and all it owns, for good",
}
MISMATCH = "Type the slug of the organization to erase anything of it."


class ErrandForm(MadeByDomain):
    """What to do for which organization; whatever cannot be undone wants its slug typed."""

    organization = forms.ModelChoiceField(queryset=Organization.objects.all())
    kind = forms.ChoiceField(label="What", choices=ASKABLE.items(), widget=forms.RadioSelect)
    visitor_id = forms.CharField(
        required=False, max_length=orders.LONGEST_VISITOR, help_text="To erase one visitor."
    )
    users = forms.BooleanField(
        required=False,
        label="People too",
        help_text="With an organization, erase the accounts of people who belong to no other.",
    )
    confirmation = forms.CharField(
        required=False, label="Slug, once more", help_text="Needed to erase, not to export."
    )

    class Meta:
        model = Errand
        fields = ("kind",)

    def clean(self) -> dict[str, Any]:
        """Refuse an erasure whose confirmation is not the organization's slug."""
        given = super().clean() or {}
        organization, kind = given.get("organization"), given.get("kind")
        if kind != "takeout" and organization and given.get("confirmation") != organization.slug:
            raise ValidationError({"confirmation": MISMATCH})
        if kind == "visitor" and not given.get("visitor_id"):
            raise ValidationError({"visitor_id": "Say which visitor."})
        return given

    def make(self) -> Errand:
        """Ask for what the form says and return the errand, which may have been under way."""
        given, actor = self.cleaned_data, self.actor
        organization, at = given["organization"], now()
        if given["kind"] == "takeout":
            return orders.take_out(organization, actor=actor, now=at)
        if given["kind"] == "visitor":
            return orders.erase_visitor(organization, given["visitor_id"], actor=actor, now=at)
        return orders.erase_organization(
            organization,
            confirmation=given["confirmation"],
            actor=actor,
            now=at,
            users=given["users"],
        )


@admin.register(Errand)
class ErrandAdmin(ReadOnly):
    """Erasures, exports, campaigns and what was forgotten for its age, each with its receipt."""

    list_display = (
        *("created_at", "organization_slug", "kind", "state", "done"),
        *("subject_name", "finished_at"),
    )
    list_filter = ("kind", "state")
    search_fields = ("=id", "organization_slug", "=organization_id", "subject_name")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    tells_of_others = True
    fields = (
        *("id", "organization_slug", "organization_id", "kind", "state", "done"),
        *("subject", "subject_name", "created_at", "started_at", "finished_at", "error"),
        *("proof", "receipt_sha256", "file_name", "file_bytes", "file_sha256", "expires_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let who may add errands ask for them."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: errands offer no actions either."""
        return False

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **more: Any
    ) -> Any:
        """Ask by a form of its own."""
        if obj:
            return super().get_form(request, obj, change, **more)
        return filled_in(ErrandForm, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what became of an errand, or ask for a new one."""
        return self.fields if obj else list(ErrandForm.base_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let the form of a new errand be filled in."""
        return self.fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing more: asking has saved it."""

    @admin.display(description="progress")
    def done(self, errand: Errand) -> str:
        """Return how far it is."""
        return f"{errand.fraction:.0%} {errand.stage}"

    @admin.display(description="receipt")
    def proof(self, errand: Errand) -> str:
        """Return the receipt, to be read."""
        return json.dumps(errand.receipt, indent=2) if errand.receipt else "–"
