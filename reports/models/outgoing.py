"""Rows of what leaves by itself: webhooks and schedules, and each delivery with its attempts.

A delivery is a promise like a batch: its row is committed with what it tells of, and a worker that
dies while it sends has sent it perhaps, never lost it. Receivers know repeats by its id.
"""

import uuid
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q

from reports.models.protocol import Report
from warehouse.tenancy.models import Organization

OPEN = ("pending", "sending")
DELIVERY_STATES = (*OPEN, "delivered", "failed")
CHANNELS = ("webhook", "email")
FIRING_STATES = ("running", "succeeded", "failed", "cancelled")


class Webhook(models.Model):
    """An address that an organization wants to be told at, signed with a secret of its own.

    Secrets are encrypted (`reports.webhooks.secrets`); after a rotation the previous one signs as
    well until `previous_until`. `cursor` is the last of the organization's report events that was
    looked at for it. `failing_since` is the first failure since something last arrived. `silent`
    counts the tries in a row that nothing answered, and `ready_at` is when the last one ended, or
    when the rest after it ends: the organization's webhooks take turns by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list, help_text="Types of report events; may be none.")
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    cursor = models.BigIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True)
    silent = models.PositiveSmallIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, help_text="`key:ID` or `user:ID`.")

    def __str__(self) -> str:
        return f"webhook to {self.host}"

    @property
    def host(self) -> str:
        """Where it goes, without what may be secret in its address."""
        return urlsplit(self.url).hostname or ""


class Schedule(models.Model):
    """A report that is asked for again and again, and where each answer goes.

    `next_at` is when it is due next; none while it is disabled. `fired_at` is what the clock said
    when that was reckoned: a time ahead shows that the clock was put back since. Exactly one of
    `webhook` and `emails` is given; `format` is that of a letter's attachment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=32)
    request = models.JSONField()
    cron = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64)
    webhook = models.ForeignKey(Webhook, models.RESTRICT, null=True, related_name="schedules")
    emails = models.JSONField(default=list)
    format = models.CharField(max_length=16, default="csv")
    enabled = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100, help_text="`key:ID` or `user:ID`.")

    class Meta:
        indexes = (
            models.Index(
                fields=("next_at",), condition=Q(next_at__isnull=False), name="schedules_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"


class Firing(models.Model):
    """One time that a schedule was due, or was run by hand: its report, and how that ended.

    The pair of schedule and time is unique, so that two workers cannot both fire it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="firings")
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    by_hand = models.BooleanField(default=False)
    report = models.ForeignKey(Report, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(
        max_length=16, default="running", choices=[(s, s) for s in FIRING_STATES]
    )
    error = models.JSONField(null=True, help_text="The problem that kept it from an answer.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("schedule", "due_at"), name="one_firing_a_time"),
        )
        indexes = (
            models.Index(fields=("state",), condition=Q(state="running"), name="firings_running"),
            models.Index(
                fields=("finished_at",),
                condition=Q(finished_at__isnull=False),
                name="firings_ended",
            ),
        )

    def __str__(self) -> str:
        return f"due {self.due_at:%Y-%m-%d %H:%M} UTC"


class Delivery(models.Model):
    """One message on its way to one receiver.

    `tries` counts attempts since it was last queued by a person or by what it tells of; the rows of
    `Attempt` are never counted anew. `attempt` is the fence: it rises with every claim, and only
    its holder may settle.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=16, choices=[(c, c) for c in CHANNELS])
    webhook = models.ForeignKey(
        Webhook, models.CASCADE, null=True, related_name="deliveries", db_index=False
    )
    recipient = models.EmailField(max_length=254, blank=True)
    type = models.CharField(max_length=64, help_text="Such as `report.succeeded`.")
    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="+")
    firing = models.ForeignKey(Firing, models.CASCADE, null=True, related_name="deliveries")
    event = models.BigIntegerField(null=True, help_text="The number of the report event told of.")
    payload = models.JSONField(help_text="The message's `data`.")
    state = models.CharField(
        max_length=16, default="pending", choices=[(s, s) for s in DELIVERY_STATES]
    )
    tries = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, help_text="Not tried before; none once it has ended.")
    owner = models.UUIDField(null=True, help_text="The worker that sends it.")
    lease_until = models.DateTimeField(null=True, help_text="Set while it is sent.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=("webhook", "event"),
                condition=Q(event__isnull=False),
                name="one_delivery_an_event",
            ),
        )
        indexes = (
            # Conditions on nulls, which SQLite finds for any bound value; all that the search for
            # the next one looks at is in it.
            models.Index(
                fields=("organization", "webhook", "created_at", "due_at", "lease_until"),
                condition=Q(due_at__isnull=False),
                name="deliveries_due",
            ),
            models.Index(
                fields=("lease_until",),
                condition=Q(lease_until__isnull=False),
                name="deliveries_sending",
            ),
            models.Index(fields=("organization", "created_at"), name="deliveries_by_age"),
            models.Index(fields=("webhook", "created_at", "id"), name="deliveries_of_webhook"),
            models.Index(
                fields=("finished_at",),
                condition=Q(finished_at__isnull=False),
                name="deliveries_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} to {self.recipient or 'a webhook'}"


class Attempt(models.Model):
    """One try to deliver: what came of it, and how long it took."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=32, help_text="Such as `delivered` or `timeout`.")
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status, if any came.")
    detail = models.CharField(max_length=300, blank=True)
    elapsed_ms = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("delivery", "number"), name="one_attempt_a_number"),
        )

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.outcome}"
