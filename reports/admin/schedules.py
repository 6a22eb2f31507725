"""Schedules and firings in the admin: what is asked again and again, and how that went.

Organizations make and change schedules through the API. Here they are looked at, paused, and run.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from reports.admin.links import listed
from reports.models import Firing, Schedule
from reports.schedules import schedules
from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.tenancy.admin.acting import Acting
from warehouse.tenancy.admin.watched import actor_of


@admin.register(Schedule)
class ScheduleAdmin(Acting):
    """Schedules: what is asked again and again, when next, and for whom."""

    heading = "Schedules and when they are due"
    list_display = ("name", "organization", "next_at", "cron", "goes_to", "enabled")
    list_filter = ("enabled", "kind", "organization")
    list_select_related = ("organization", "webhook")
    search_fields = ("=id", "name", "organization__slug")
    ordering = ("-enabled", "next_at", "pk")
    tells_of_others = True
    actions = ("pause", "resume", "run_now")
    fields = (
        *("id", "organization", "name", "kind", "request", "cron", "timezone", "webhook"),
        *("emails", "format", "enabled", "next_at", "firings", "created_at", "created_by"),
    )

    @admin.display(description="goes to")
    def goes_to(self, schedule: Schedule) -> str:
        """Return where its answers go."""
        if schedule.webhook is not None:
            return schedule.webhook.host
        return counted(len(schedule.emails), "address", "addresses")

    @admin.display
    def firings(self, schedule: Schedule) -> str:
        """Return where every time it has fired is listed."""
        return listed(Firing, "every time it was due", schedule__id__exact=schedule.pk)

    @admin.action(permissions=["change"], description="Pause")
    def pause(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        """Disable the chosen schedules."""
        self._put(request, chosen, "Paused", enabled=False)

    @admin.action(permissions=["change"], description="Resume, from now on")
    def resume(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        """Enable the chosen schedules."""
        self._put(request, chosen, "Resumed", enabled=True)

    @admin.action(permissions=["change"], description="Run now, besides their times")
    def run_now(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        """Fire the chosen schedules once."""
        by, at = actor_of(request), now()
        self.do(request, chosen, "Run", lambda one: schedules.run(one, by=by, now=at))

    def _put(
        self, request: HttpRequest, chosen: QuerySet[Schedule], done: str, *, enabled: bool
    ) -> None:
        given, by, at = {"enabled": enabled}, actor_of(request), now()

        def put(one: Schedule) -> None:
            schedules.change(one, given, tenant=one.organization.as_tenant(), by=by, now=at)

        self.do(request, chosen, done, put)


@admin.register(Firing)
class FiringAdmin(Acting):
    """Firings: each time a schedule was due, the report it asked for, and how that ended."""

    heading = "When schedules fired"
    list_display = ("due_at", "called", "owner", "state", "why")
    list_filter = ("state", "schedule__organization")
    list_select_related = ("schedule__organization",)
    search_fields = ("=id", "=schedule__id", "=report__id", "schedule__name")
    show_full_result_count = False
    ordering = ("-due_at",)
    fields = (
        *("id", "owner", "schedule", "due_at", "fired_at", "by_hand", "report", "state"),
        *("why", "finished_at"),
    )

    @admin.display(description="schedule", ordering="schedule__name")
    def called(self, firing: Firing) -> str:
        """Return the schedule's name, and whether somebody had it run."""
        return f"{firing.schedule.name} (by hand)" if firing.by_hand else firing.schedule.name

    @admin.display(description="why it failed")
    def why(self, firing: Firing) -> str:
        """Return what its problem document says."""
        return f"{firing.error['code']}: {firing.error['detail']}" if firing.error else ""

    @admin.display(description="organization", ordering="schedule__organization__slug")
    def owner(self, firing: Firing) -> str:
        """Return whose schedule it is of."""
        return firing.schedule.organization.slug


def _failed(at: datetime) -> Iterator[Note]:
    yesterday = at - timedelta(days=1)
    failed = Firing.objects.filter(state="failed", finished_at__gt=yesterday).count()
    if failed:
        page = reverse("admin:reports_firing_changelist")
        text = f"{counted(failed, 'scheduled report')} failed since yesterday"
        yield Note(text, f"{page}?state__exact=failed", wrong=True)


TELLERS.append(_failed)
