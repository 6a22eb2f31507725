"""What leaves by itself, in the admin: schedules and webhooks, their firings and deliveries.

Organizations make and change them through the API. Here they are looked at, stopped and started,
and what was not delivered is sent again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from reports.models import Attempt, Delivery, Firing, Schedule, Webhook
from reports.models.outgoing import DELIVERY_STATES, OPEN
from reports.schedules import schedules
from reports.webhooks import webhooks
from reports.webhooks.guard import Guard
from reports.webhooks.webhooks import Author
from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.env import ENV
from warehouse.exceptions import WarehouseError
from warehouse.tenancy.admin.watched import ReadOnly, Unfinished, actor_of


def author_of(request: HttpRequest) -> Author:
    """Return the logged-in person as one who changes webhooks of any organization."""
    return Author(actor_of(request), Guard(ENV.webhook_networks))


class Acting(ReadOnly):
    """A page whose actions are done to each chosen row by the domain, which audits them."""

    def do(
        self, request: HttpRequest, chosen: QuerySet[Any], done: str, act: Callable[[Any], object]
    ) -> None:
        """Do `act` to each row and say to how many it was done, and why not to others."""
        count = 0
        for row in chosen:
            try:
                act(row)
            except WarehouseError as error:
                self.message_user(request, f"{row}: {error.detail}", level="warning")
                continue
            count += 1
            self.note(request, row, f"{done}.")
        self.message_user(request, f"{done} {count} of {len(chosen)}.")


@admin.register(Webhook)
class WebhookAdmin(Acting):
    """Webhooks: where organizations want to be told, and which of them do not answer."""

    list_display = (
        *("created_at", "organization", "host", "told_of", "enabled", "disabled_reason"),
        "failing_since",
    )
    list_filter = ("enabled", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "url", "organization__slug")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    tells_of_others = True
    actions = ("stop", "start")
    fields = (
        *("id", "organization", "url", "description", "events", "enabled", "disabled_reason"),
        *("failing_since", "cursor", "created_at", "created_by", "previous_until"),
    )

    @admin.display(description="host")
    def host(self, webhook: Webhook) -> str:
        """Return where it goes, without what may be secret in its address."""
        return urlsplit(webhook.url).hostname or ""

    @admin.display(description="told of")
    def told_of(self, webhook: Webhook) -> str:
        """Return which events of reports it is told of."""
        return ", ".join(webhook.events) or "its schedules"

    @admin.action(permissions=["change"], description="Stop: nothing more is sent")
    def stop(self, request: HttpRequest, chosen: QuerySet[Webhook]) -> None:
        """Disable the chosen webhooks."""
        self._put(request, chosen, "Stopped", enabled=False)

    @admin.action(permissions=["change"], description="Start again, from now on")
    def start(self, request: HttpRequest, chosen: QuerySet[Webhook]) -> None:
        """Enable the chosen webhooks."""
        self._put(request, chosen, "Started", enabled=True)

    def _put(
        self, request: HttpRequest, chosen: QuerySet[Webhook], done: str, *, enabled: bool
    ) -> None:
        wish, by, at = {"enabled": enabled}, author_of(request), now()
        self.do(request, chosen, done, lambda one: webhooks.change(one, wish, by=by, now=at))


class UndeliveredFilter(Unfinished):
    """What is on its way, unless something else is asked for."""

    states = DELIVERY_STATES
    unfinished = OPEN
    words = "on their way"


class Attempts(admin.TabularInline):  # type: ignore[type-arg]
    """Every try, and what came of it."""

    model = Attempt
    fields = readonly_fields = ("number", "at", "outcome", "status", "elapsed_ms", "detail")
    ordering = ("number",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the worker writes them."""
        return False

    has_change_permission = has_add_permission


@admin.register(Delivery)
class DeliveryAdmin(Acting):
    """Deliveries: what is on its way to whom, and what was given up."""

    list_display = ("created_at", "organization", "type", "receiver", "state", "tries", "due_at")
    list_filter = (UndeliveredFilter, "channel", "type", "organization")
    list_select_related = ("organization", "webhook")
    search_fields = ("=id", "=report__id", "=webhook__id", "recipient", "organization__slug")
    show_full_result_count = False
    ordering = ("-created_at",)
    tells_of_others = True
    inlines = (Attempts,)
    actions = ("send_again",)
    fields = (
        *("id", "organization", "channel", "webhook", "recipient", "type", "report", "firing"),
        *("event", "state", "tries", "attempt", "due_at", "created_at", "finished_at"),
    )

    @admin.display(description="receiver")
    def receiver(self, delivery: Delivery) -> str:
        """Return who gets it."""
        if delivery.webhook is None:
            return delivery.recipient
        return urlsplit(delivery.webhook.url).hostname or ""

    @admin.action(permissions=["change"], description="Send again what has ended")
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Queue the chosen deliveries again."""
        by, at = author_of(request), now()
        self.do(request, chosen, "Queued", lambda one: webhooks.redeliver(one, by=by, now=at))


@admin.register(Schedule)
class ScheduleAdmin(Acting):
    """Schedules: what is asked again and again, when next, and for whom."""

    list_display = (
        *("next_at", "organization", "name", "kind", "cron", "timezone", "goes_to", "enabled"),
    )
    list_filter = ("enabled", "kind", "organization")
    list_select_related = ("organization", "webhook")
    search_fields = ("=id", "name", "organization__slug")
    ordering = ("-enabled", "next_at", "pk")
    tells_of_others = True
    actions = ("pause", "resume", "run_now")
    fields = (
        *("id", "organization", "name", "kind", "request", "cron", "timezone", "webhook"),
        *("emails", "format", "enabled", "next_at", "created_at", "created_by"),
    )

    @admin.display(description="goes to")
    def goes_to(self, schedule: Schedule) -> str:
        """Return where its answers go."""
        if schedule.webhook is not None:
            return urlsplit(schedule.webhook.url).hostname or ""
        return counted(len(schedule.emails), "address", "addresses")

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
class FiringAdmin(ReadOnly):
    """Firings: each time a schedule was due, the report it asked for, and how that ended."""

    list_display = ("due_at", "owner", "schedule", "state", "by_hand", "fired_at", "finished_at")
    list_filter = ("state", "by_hand", "schedule__organization")
    list_select_related = ("schedule__organization",)
    search_fields = ("=id", "=schedule__id", "=report__id", "schedule__name")
    show_full_result_count = False
    ordering = ("-due_at",)
    fields = (
        *("id", "owner", "schedule", "due_at", "fired_at", "by_hand", "report", "state"),
        *("error", "finished_at"),
    )

    @admin.display(description="organization", ordering="schedule__organization__slug")
    def owner(self, firing: Firing) -> str:
        """Return whose schedule it is of."""
        return firing.schedule.organization.slug


def _undelivered(at: datetime) -> Iterator[Note]:
    yesterday = at - timedelta(days=1)
    page = reverse("admin:reports_delivery_changelist")
    failed = Delivery.objects.filter(state="failed", finished_at__gt=yesterday).count()
    if failed:
        text = f"{counted(failed, 'delivery', 'deliveries')} given up since yesterday"
        yield Note(text, f"{page}?state=failed", wrong=True)
    stopped = Webhook.objects.filter(enabled=False).exclude(failing_since=None).count()
    if stopped:
        page = reverse("admin:reports_webhook_changelist")
        text = f"{counted(stopped, 'webhook')} stopped after failures"
        yield Note(text, f"{page}?enabled__exact=0", wrong=True)
    failed = Firing.objects.filter(state="failed", finished_at__gt=yesterday).count()
    if failed:
        page = reverse("admin:reports_firing_changelist")
        text = f"{counted(failed, 'scheduled report')} failed since yesterday"
        yield Note(text, f"{page}?state__exact=failed", wrong=True)


TELLERS.append(_undelivered)
