"""What was copied to BigQuery and what is in the way, in the admin."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse

from warehouse.attention import TELLERS, Note, counted
from warehouse.copying import progress
from warehouse.copying.models import CopiedDay, Copy
from warehouse.env import ENV
from warehouse.tenancy.admin.watched import Outlived


@admin.register(Copy)
class CopyAdmin(Outlived):
    """Each organization's copy: how many days it has, up to when, and what is in the way."""

    list_display = ("of", "failures", "error", "days", "up_to", "events", "served_at", "place")
    list_filter = ("place",)
    ordering = ("-failures", "-served_at")
    fields = ("of", "place", "days", "up_to", "events", "served_at", "failures", "error")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Copy]:
        """Return copies with what their proven days say."""
        rows: QuerySet[Copy] = super().get_queryset(request)
        proven = CopiedDay.objects.filter(
            organization_id=OuterRef("organization_id"), place=OuterRef("place"), revision__gte=0
        )
        told = proven.order_by().values("organization_id")
        return rows.annotate(
            days_copied=Subquery(told.annotate(found=Count("pk")).values("found")),
            newest=Subquery(told.annotate(found=Max("day")).values("found")),
            rows_copied=Subquery(told.annotate(found=Sum("rows")).values("found")),
        )

    @admin.display(ordering="days_copied")
    def days(self, copy: Any) -> int:
        """Return how many days are copied."""
        return int(copy.days_copied or 0)

    @admin.display(description="copied up to", ordering="newest")
    def up_to(self, copy: Any) -> Any:
        """Return the newest day that is copied."""
        return copy.newest

    @admin.display(ordering="rows_copied")
    def events(self, copy: Any) -> str:
        """Return how many events these days hold."""
        return f"{copy.rows_copied or 0:,}"


def _copies(at: datetime) -> Iterator[Note]:
    if ENV.bigquery is None:
        return
    found = progress.look(str(ENV.bigquery))
    if found.failing:
        text = f"{counted(found.failing, 'copy', 'copies')} cannot go on. {found.error}"
        yield Note(text, reverse("admin:copying_copy_changelist"), wrong=True)


TELLERS.append(_copies)
