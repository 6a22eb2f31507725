"""Retroactive campaigns in the admin: what they are, what they moved, how far a worker is with one.

Organizations make and change campaigns through the API. Here they are looked at, applied, undone.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from discovery.campaigns import campaigns
from discovery.models import Campaign
from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.custody.models import Errand
from warehouse.exceptions import WarehouseError
from warehouse.tenancy.admin.watched import ReadOnly, actor_of, as_json

CONFIRMED = "confirmed"
"""What the page that asks once more sends along."""


@admin.register(Campaign)
class CampaignAdmin(ReadOnly):
    """Campaigns: whose, of what rule, in which state, and the events that were moved."""

    list_display = (
        *("name", "organization", "campaign_id", "state", "done", "events", "goes_on"),
        "created_at",
    )
    list_filter = ("state", "ongoing", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "name", "campaign_id", "organization__slug", "subject_name")
    ordering = ("-created_at",)
    tells_of_others = True
    actions = ("apply", "undo")
    fields = (
        *("id", "organization", "name", "campaign_id", "state", "done", "why", "rule"),
        *("start", "end", "timezone", "ongoing", "ongoing_since", "pattern", "previewed", "events"),
        *("figures", "errand_page", "subject", "subject_name", "created_at", "applied_at"),
        "undone_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        """Return the campaigns with what became of the last that was done with each."""
        last = Errand.objects.filter(pk=OuterRef("errand"))
        told = {
            f"last_{name}": Subquery(last.values(name)[:1])
            for name in ("request", "stage", "fraction", "error")
        }
        found: QuerySet[Campaign] = super().get_queryset(request).annotate(**told)
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Call the list what it is: nothing is changed by picking a row."""
        title = {"title": "Retroactive campaigns and what they moved"}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    @admin.display(description="moved events")
    def events(self, campaign: Campaign) -> str:
        """Return how many events applying it has moved."""
        return f"{campaign.moved['events']:,}" if campaign.moved else "–"

    @admin.display(description="goes on", ordering="ongoing")
    def goes_on(self, campaign: Campaign) -> str:
        """Return whether events that come are given to it."""
        return "yes" if campaign.ongoing else "–"

    @admin.display(description="progress")
    def done(self, campaign: Any) -> str:
        """Return how far a worker is, or how that ended."""
        if campaign.last_request is None:
            return "–"
        return f"{campaign.last_request['do']}: {campaign.last_fraction:.0%} {campaign.last_stage}"

    @admin.display(description="what was in the way")
    def why(self, campaign: Any) -> str:
        """Return what the problem document of the last work says."""
        error = campaign.last_error
        return f"{error['code']}: {error['detail']}" if error else "–"

    @admin.display
    def rule(self, campaign: Campaign) -> str:
        """Return the rule, to be read."""
        return as_json(campaign.filters)

    @admin.display(description="what would move")
    def previewed(self, campaign: Campaign) -> str:
        """Return the preview, to be read."""
        return as_json(campaign.preview)

    @admin.display(description="moved")
    def figures(self, campaign: Campaign) -> str:
        """Return what was moved, to be read."""
        return as_json(campaign.moved)

    @admin.display(description="errand")
    def errand_page(self, campaign: Campaign) -> str:
        """Return where the last work, with its receipt, is told of."""
        if not campaign.errand:
            return "–"
        page = reverse("admin:custody_errand_change", args=(campaign.errand,))
        return format_html('<a href="{}">{}</a>', page, "what was done last, and its receipt")

    @admin.action(permissions=["change"], description="Apply …")
    def apply(self, request: HttpRequest, chosen: QuerySet[Campaign]) -> HttpResponse | None:
        """Have the chosen campaigns applied, once that is confirmed."""
        return self._do(request, chosen, campaigns.APPLY)

    @admin.action(permissions=["change"], description="Undo …")
    def undo(self, request: HttpRequest, chosen: QuerySet[Campaign]) -> HttpResponse | None:
        """Have the chosen campaigns undone, once that is confirmed."""
        return self._do(request, chosen, campaigns.UNDO)

    def _do(
        self, request: HttpRequest, chosen: QuerySet[Campaign], deed: str
    ) -> HttpResponse | None:
        if CONFIRMED not in request.POST:
            return self._asked_once_more(request, chosen, deed)
        by, at, count = actor_of(request), now(), 0
        for campaign in chosen:
            try:
                campaigns.ask(campaign, deed, by=by, now=at)
            except WarehouseError as error:
                self.message_user(request, f"{campaign}: {error.detail}", level="warning")
                continue
            count += 1
            self.note(request, campaign, f"Asked to {deed} it.")
        self.message_user(request, f"Asked to {deed} {count} of {len(chosen)}.")
        return None

    def _asked_once_more(
        self, request: HttpRequest, chosen: QuerySet[Campaign], deed: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{deed.title()} {counted(len(chosen), 'campaign')}?",
            "opts": self.opts,
            "deed": deed,
            "chosen": chosen,
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "admin/discovery/confirm.html", context)


def _failed(at: datetime) -> Iterator[Note]:
    yesterday = at - timedelta(days=1)
    failed = Errand.objects.filter(kind="campaign", state="failed", finished_at__gt=yesterday)
    if number := failed.filter(request__do__in=(campaigns.APPLY, campaigns.UNDO)).count():
        page = reverse("admin:custody_errand_changelist")
        text = f"{counted(number, 'campaign')} could not be applied or undone since yesterday"
        yield Note(text, f"{page}?kind__exact=campaign&state__exact=failed", wrong=True)


TELLERS.append(_failed)
