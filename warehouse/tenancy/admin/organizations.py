"""Organizations in the admin: their settings and limits, what they use, and whether served."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format

from warehouse.clock import now
from warehouse.models import Day
from warehouse.tenancy import months
from warehouse.tenancy.admin.watched import Below, Watched
from warehouse.tenancy.models import (
    ApiKey,
    ErasedOrganization,
    EventMonth,
    Membership,
    Organization,
)

RECENT_DAYS = 30


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Members as they are to be: whoever has an owner keeps one."""

    def clean(self) -> None:
        """Refuse to leave an organization without the last of its owners."""
        super().clean()
        kept = [
            form.cleaned_data.get("role")
            for form in self.forms
            if form.is_valid() and not form.cleaned_data.get("DELETE")
        ]
        owners = Membership.objects.filter(organization_id=self.instance.pk, role="owner")
        if "owner" not in kept and owners.exists():
            raise ValidationError("This is the last owner; make somebody else an owner first.")


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who belongs to the organization."""

    model = Membership
    formset = MembershipFormSet
    extra = 0
    autocomplete_fields = ("user",)


class KeyInline(Below):
    """Its keys that still open something."""

    model = ApiKey
    verbose_name_plural = "live keys"
    fields = readonly_fields = ("name", "kind", "prefix", "scopes", "expires_at", "last_used_at")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """Return the keys that are neither revoked nor expired."""
        rows: QuerySet[ApiKey] = super().get_queryset(request)
        return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now()), revoked_at=None)


class StateFilter(admin.SimpleListFilter):
    """Organizations that are served, or suspended."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("active", "active"), ("suspended", "suspended")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Organization]
    ) -> QuerySet[Organization]:
        """Return the organizations in the state chosen."""
        if self.value() in {"active", "suspended"}:
            return queryset.filter(suspended_at__isnull=self.value() == "active")
        return queryset


@admin.register(Organization)
class OrganizationAdmin(Watched):
    """Tenants: created, renamed, limited and suspended here."""

    list_display = (
        *("slug", "name", "plan", "state", "members", "live_keys"),
        *("month_events", "all_events", "newest_event"),
    )
    search_fields = ("slug", "name", "=id")
    list_filter = (StateFilter, "plan")
    fieldsets = (
        (None, {"fields": ("slug", "name", "id", "created_at", "suspended_at")}),
        (
            "Use",
            {"fields": ("month_events", "recent_events", "all_events", "stored", "newest_event")},
        ),
        (
            "Settings",
            {
                "fields": (
                    *("timezone", "week_start", "currency", "currency_rates"),
                    *("bot_filter", "store_ip", "allowed_hosts"),
                )
            },
        ),
        (
            "Plan and limits",
            {
                "fields": (
                    *("plan", "requests_per_minute", "events_per_minute", "events_per_month"),
                    *("sockets", "retention_days", "rows_per_query", "jobs_at_once"),
                    *("report_seconds", "export_rows", "result_days"),
                ),
                "description": "An empty limit is the plan's, or the installation's.",
            },
        ),
    )
    readonly_fields = (
        *("id", "created_at", "suspended_at"),
        *("month_events", "recent_events", "all_events", "stored", "newest_event"),
    )
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    inlines = (MembershipInline, KeyInline)
    actions = ("suspend", "reinstate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """Return organizations with what each has and uses, in one statement."""
        rows: QuerySet[Organization] = super().get_queryset(request)
        live = Q(keys__revoked_at=None) & (Q(keys__expires_at=None) | Q(keys__expires_at__gt=now()))
        since = now().date() - timedelta(days=RECENT_DAYS)
        return rows.annotate(
            member_count=Count("memberships", distinct=True),
            key_count=Count("keys", filter=live, distinct=True),
            event_count=_of_days("rows"),
            byte_count=_of_days("bytes"),
            month_count=Subquery(_month(now()).values("events")),
            recent_count=_of_days("rows", day__gt=since),
            watermark=Subquery(_days().order_by("-watermark").values("watermark")[:1]),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what a new organization has not used yet."""
        shown = super().get_fieldsets(request, obj)
        return shown if obj else [each for each in shown if each[0] != "Use"]

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show no keys of an organization that is just made."""
        return self.inlines if obj else (MembershipInline,)

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
        """Return how many keys open something."""
        return int(organization.key_count)

    @admin.display(ordering="suspended_at")
    def state(self, organization: Organization) -> str:
        """Return whether it is served."""
        return "suspended" if organization.suspended_at else "active"

    @admin.display(description="events this month", ordering="month_count")
    def month_events(self, organization: Any) -> str:
        """Return how many events it sent this month, and of how many it may."""
        most = organization.limits().events_per_month
        return f"{organization.month_count or 0:,}" + (f" of {most:,}" if most else "")

    @admin.display(description=f"events of {RECENT_DAYS} days", ordering="recent_count")
    def recent_events(self, organization: Any) -> str:
        """Return how many events its latest days hold."""
        return f"{organization.recent_count or 0:,}"

    @admin.display(description="events", ordering="event_count")
    def all_events(self, organization: Any) -> str:
        """Return how many events are stored."""
        return f"{organization.event_count or 0:,}"

    @admin.display(ordering="byte_count")
    def stored(self, organization: Any) -> str:
        """Return how many bytes its events have before compression."""
        return filesizeformat(organization.byte_count or 0)

    @admin.display(ordering=F("watermark").desc(nulls_last=True))
    def newest_event(self, organization: Any) -> str:
        """Return when its newest event happened."""
        at = organization.watermark
        return date_format(at, "DATETIME_FORMAT") if at else "–"

    @admin.action(
        permissions=["change"], description="Suspend: refuse every request of the organization"
    )
    def suspend(self, request: HttpRequest, chosen: QuerySet[Organization]) -> None:
        """Suspend the chosen organizations."""
        self._mark(request, chosen.filter(suspended_at=None), "Suspended", now())

    @admin.action(permissions=["change"], description="Reinstate")
    def reinstate(self, request: HttpRequest, chosen: QuerySet[Organization]) -> None:
        """Serve the chosen organizations again."""
        leaving = ErasedOrganization.objects.values("organization_id")
        for organization in chosen.filter(pk__in=leaving):
            self.message_user(request, f"{organization} is being erased.", level="error")
        suspended = chosen.exclude(suspended_at=None).exclude(pk__in=leaving)
        self._mark(request, suspended, "Reinstated", None)

    def _mark(
        self, request: HttpRequest, chosen: QuerySet[Organization], done: str, suspended_at: Any
    ) -> None:
        organizations = list(chosen)
        for organization in organizations:
            Organization.objects.filter(pk=organization.pk).update(suspended_at=suspended_at)
            self.log_change(request, organization, f"{done}.")
        self.message_user(request, f"{done} {len(organizations)}.")


def _days() -> QuerySet[Day]:
    return Day.objects.filter(organization_id=OuterRef("pk"))


def _month(at: datetime) -> QuerySet[EventMonth]:
    return EventMonth.objects.filter(organization_id=OuterRef("pk"), month=months.first_day(at))


def _of_days(column: str, **which: Any) -> Subquery:
    """Return the sum of a column over the days of each organization."""
    summed = _days().filter(**which).order_by().values("organization_id").annotate(s=Sum(column))
    return Subquery(summed.values("s"))
