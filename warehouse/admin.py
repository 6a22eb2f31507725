"""What the engine holds and who works on it, in the admin."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.models import ArchivedMonth, Day, Worker
from warehouse.tenancy.admin.watched import Outlived, ReadOnly
from warehouse.tenancy.models import Organization

SILENT = timedelta(seconds=30)


class OfOrganization(admin.SimpleListFilter):
    """The days of one organization: a day knows its organization by id alone."""

    title = "organization"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return every organization."""
        return [(str(pk), slug) for pk, slug in Organization.objects.values_list("pk", "slug")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Day]) -> QuerySet[Day]:
        """Return the days of the one chosen."""
        known = {pk for pk, _ in self.lookup_choices}
        chosen = self.value()
        return queryset.filter(organization_id=chosen) if chosen in known else queryset


class Held(ReadOnly):
    """A page of rows that say how many events are held, and in how many bytes."""

    @admin.display(ordering="rows")
    def events(self, row: Any) -> str:
        """Return how many events there are."""
        return f"{row.rows:,}"

    @admin.display(ordering="bytes")
    def size(self, row: Any) -> str:
        """Return how many bytes these have."""
        return filesizeformat(row.bytes)


@admin.register(Day)
class DayAdmin(Held, Outlived):
    """How many events each organization's days hold, in how many bytes before compression."""

    list_display = ("day", "of", "events", "size", "watermark", "rolled_up", "revision")
    list_filter = (OfOrganization, "rolled_up")
    date_hierarchy = "day"
    ordering = ("-day", "organization_id")
    show_full_result_count = False
    fields = ("day", "of", "events", "size", "watermark", "rolled_up", "revision")


@admin.register(ArchivedMonth)
class ArchivedMonthAdmin(Held):
    """Which months of events lie in the archive, of all organizations, and their bytes on disk."""

    list_display = ("month", "events", "size", "at")
    ordering = ("-month",)
    fields = ("month", "events", "size", "at")


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    """The worker processes, and whether each is alive."""

    list_display = ("name", "engine", "lives", "started_at", "seen_at", "woken_at")
    ordering = ("-seen_at",)

    @admin.display(boolean=True)
    def lives(self, worker: Worker) -> bool:
        """Return whether it was seen lately."""
        return worker.seen_at > now() - SILENT


def _workers(at: datetime) -> Iterator[Note]:
    alive = Worker.objects.filter(seen_at__gt=at - SILENT).count()
    text = f"{counted(alive, 'worker')} at work" if alive else "no worker is alive"
    yield Note(text, reverse("admin:warehouse_worker_changelist"), wrong=not alive)


TELLERS.append(_workers)
