"""Webhooks and deliveries in the admin: which do not answer, what is on its way, sent again.

Organizations make and change webhooks through the API. Here they are looked at, stopped, started.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from reports.admin.links import listed
from reports.models import Attempt, Delivery, Webhook
from reports.models.outgoing import DELIVERY_STATES, OPEN
from reports.webhooks import webhooks
from reports.webhooks.guard import Guard
from reports.webhooks.webhooks import Author
from warehouse.attention import TELLERS, Note, counted
from warehouse.clock import now
from warehouse.env import ENV
from warehouse.tenancy.admin.acting import Acting
from warehouse.tenancy.admin.watched import Below, Unfinished, actor_of

LATE = timedelta(minutes=10)
"""What is due for longer than this waits for more than its turn."""


def author_of(request: HttpRequest) -> Author:
    """Return the logged-in person as one who changes webhooks of any organization."""
    return Author(actor_of(request), Guard(ENV.webhook_networks))


@admin.register(Webhook)
class WebhookAdmin(Acting):
    """Webhooks: where organizations want to be told, and which of them do not answer."""

    heading = "Webhooks and how they fare"
    list_display = ("host", "organization", "standing", "told_of", "created_at")
    list_filter = ("enabled", "organization")
    list_select_related = ("organization",)
    search_fields = ("=id", "url", "organization__slug")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    tells_of_others = True
    actions = ("stop", "start")
    fields = (
        *("id", "organization", "host", "description", "told_of", "standing", "deliveries"),
        *("cursor", "created_at", "created_by", "previous_until"),
    )

    @admin.display(ordering="enabled")
    def standing(self, webhook: Webhook) -> str:
        """Return whether it is told anything, and since when nothing arrives."""
        if not webhook.enabled:
            return f"stopped: {webhook.disabled_reason or 'asked for'}"
        since = webhook.failing_since
        return f"failing since {since:%Y-%m-%d %H:%M} UTC" if since else "on"

    @admin.display
    def deliveries(self, webhook: Webhook) -> str:
        """Return where all that was sent to it is listed."""
        return listed(Delivery, "all that was sent", webhook__id__exact=webhook.pk, state="all")

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


class Attempts(Below):
    """Every try, and what came of it."""

    model = Attempt
    fields = readonly_fields = ("number", "at", "outcome", "status", "elapsed_ms", "detail")
    ordering = ("number",)


@admin.register(Delivery)
class DeliveryAdmin(Acting):
    """Deliveries: what is on its way to whom, and what was given up."""

    heading = "Messages and letters"
    list_display = ("type", "receiver", "state", "tries", "organization", "created_at")
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Return deliveries without what they tell, which no page shows."""
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.defer("payload")

    @admin.display(description="receiver")
    def receiver(self, delivery: Delivery) -> str:
        """Return who gets it."""
        return delivery.webhook.host if delivery.webhook else delivery.recipient

    @admin.action(permissions=["change"], description="Send again what has ended")
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Queue the chosen deliveries again."""
        by, at = author_of(request), now()
        self.do(request, chosen, "Queued", lambda one: webhooks.redeliver(one, by=by, now=at))


def _undelivered(at: datetime) -> Iterator[Note]:
    yesterday = at - timedelta(days=1)
    page = reverse("admin:reports_delivery_changelist")
    late = Delivery.objects.filter(
        due_at__lte=at - LATE, state="pending", organization__suspended_at=None
    ).count()
    if late:
        text = f"{counted(late, 'delivery', 'deliveries')} due for ten minutes and not tried"
        yield Note(text, f"{page}?state=pending", wrong=True)
    failed = Delivery.objects.filter(state="failed", finished_at__gt=yesterday).count()
    if failed:
        text = f"{counted(failed, 'delivery', 'deliveries')} given up since yesterday"
        yield Note(text, f"{page}?state=failed", wrong=True)
    stopped = Webhook.objects.filter(enabled=False).exclude(failing_since=None).count()
    if stopped:
        page = reverse("admin:reports_webhook_changelist")
        text = f"{counted(stopped, 'webhook')} stopped after failures"
        yield Note(text, f"{page}?enabled__exact=0", wrong=True)


TELLERS.append(_undelivered)
