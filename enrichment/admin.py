"""Batches in the admin: what was sent, what waits, and what could not be stored."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from enrichment import groups
from enrichment.models import BATCH_STATES, UNSTORED, Batch
from warehouse.attention import TELLERS, Note, counted
from warehouse.tenancy.admin.watched import ReadOnly, Unfinished


class StateFilter(Unfinished):
    """What waits or was set aside, unless something else is asked for."""

    states = BATCH_STATES
    unfinished = UNSTORED
    words = "waiting and rejected"


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    """Batches of events: looked at, and tried again when they were set aside."""

    list_display = (
        *("received_at", "organization", "state", "reason", "source"),
        *("events", "repeats", "bytes_sent", "stored_at"),
    )
    list_filter = (StateFilter, "source", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "organization__slug", "reason")
    date_hierarchy = "received_at"
    show_full_result_count = False
    ordering = ("-received_at",)
    actions = ("try_again",)
    fields = (
        *("id", "organization", "state", "reason", "source", "events", "repeats", "bytes_sent"),
        *("received_at", "stored_at", "alone", "group", "position"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        """Return batches without what was sent: payloads are large and nobody's to read."""
        rows: QuerySet[Batch] = super().get_queryset(request)
        return rows.defer("payload")

    @admin.display(description="size", ordering="size")
    def bytes_sent(self, batch: Batch) -> str:
        """Return how much was sent, before compression."""
        return filesizeformat(batch.size)

    @admin.action(permissions=["change"], description="Try again to store what was rejected")
    def try_again(self, request: HttpRequest, chosen: QuerySet[Batch]) -> None:
        """Queue the rejected ones among the chosen."""
        count = 0
        for batch in chosen:
            if groups.try_again(batch):
                count += 1
                self.log_change(request, batch, "Queued again.")
        self.message_user(request, f"Queued {count} of {len(chosen)}.")


WORDS = {"rejected": "rejected", "pending": "waiting to be stored"}


def _batches(at: datetime) -> Iterator[Note]:
    """Tell of what somebody can do something about: not of batches that were emptied."""
    there = Batch.objects.filter(state__in=UNSTORED).exclude(state="rejected", payload=b"")
    found = there.values_list("state").annotate(Count("pk"))
    page = reverse("admin:enrichment_batch_changelist")
    for state, count in found.order_by("-state"):
        text = f"{counted(count, 'batch', 'batches')} {WORDS[state]}"
        yield Note(text, f"{page}?state={state}", wrong=state == "rejected")


TELLERS.append(_batches)
