"""Patterns in the admin: what discovery has found for whom, dismissed and restored."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from discovery.models import Pattern
from discovery.patterns import kept
from warehouse.clock import now
from warehouse.tenancy.admin.acting import Acting
from warehouse.tenancy.admin.watched import actor_of, as_json


class Dismissed(admin.SimpleListFilter):
    """By whether somebody has dismissed it."""

    title = "dismissed"
    parameter_name = "dismissed"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("no", "no"), ("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Pattern]) -> QuerySet[Pattern]:
        """Return the patterns of the choice."""
        chosen = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(dismissed_at__isnull=chosen)


@admin.register(Pattern)
class PatternAdmin(Acting):
    """Patterns: traffic without a campaign that belongs together, the latest found first."""

    heading = "Patterns in traffic without a campaign"
    list_display = (
        *("suggested_name", "organization", "stands", "kind", "value", "events", "sure"),
        "found_at",
    )
    list_filter = (Dismissed, "kind", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "suggested_name", "organization__slug", "organization__name")
    show_full_result_count = False
    ordering = ("-found_at", "-estimated_value", "pk")
    tells_of_others = True
    actions = ("dismiss", "restore")
    fields = (
        *("id", "organization", "kind", "suggested_name", "explanation", "sure", "value"),
        *("events", "potential_reach", "start", "end", "timezone", "include_bots"),
        *("traffic_sources", "geo_regions", "device_types", "hours", "rule", "found_at"),
        *("dismissed_at", "dismissed_by"),
    )

    @admin.display(ordering="estimated_value")
    def value(self, pattern: Pattern) -> str:
        """Return what it may be worth."""
        return f"{pattern.estimated_value:,.2f}"

    @admin.display(ordering="sample_size")
    def events(self, pattern: Pattern) -> str:
        """Return how many events it holds."""
        return f"{pattern.sample_size:,}"

    @admin.display(description="confidence", ordering="confidence")
    def sure(self, pattern: Pattern) -> str:
        """Return how sure it is."""
        return f"{pattern.confidence:.0%}"

    @admin.display(description="not dismissed", boolean=True, ordering="dismissed_at")
    def stands(self, pattern: Pattern) -> bool:
        """Return whether nobody has dismissed it."""
        return pattern.dismissed_at is None

    @admin.display
    def rule(self, pattern: Pattern) -> str:
        """Return the rule, as people read JSON."""
        return as_json(pattern.filters)

    @admin.action(permissions=["change"], description="Dismiss")
    def dismiss(self, request: HttpRequest, chosen: QuerySet[Pattern]) -> None:
        """Dismiss the chosen patterns."""
        by, at = actor_of(request), now()
        self.do(request, chosen, "Dismissed", lambda one: kept.dismiss(one, by=by, now=at))

    @admin.action(permissions=["change"], description="Restore")
    def restore(self, request: HttpRequest, chosen: QuerySet[Pattern]) -> None:
        """Take the dismissal of the chosen patterns back."""
        by, at = actor_of(request), now()
        self.do(request, chosen, "Restored", lambda one: kept.restore(one, by=by, now=at))
