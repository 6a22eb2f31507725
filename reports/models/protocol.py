"""Rows of the report protocol: what each asker sees, the jobs that answer, and numbered events.

Organizations have no index of their own here: the ones below begin with them, and a planner that
had the choice would read all of an organization's history to find what is queued.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from warehouse.tenancy.models import Organization

LIVE = ("queued", "running")
JOB_STATES = ("queued", "running", "succeeded", "failed", "cancelled")
STATUSES = (*JOB_STATES, "expired")


class Job(models.Model):
    """One run of a question; identical questions asked while it is live share it.

    `attempt` is the fence: it rises with every claim, and only its holder may finish. `deaths`
    counts workers lost while running it, `failures` errors that were worth another try.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)
    fingerprint = models.CharField(max_length=128)
    request = models.JSONField()
    asked_at = models.DateTimeField(help_text="The `now` that relative periods start from.")
    queue = models.CharField(max_length=16, default="reports")
    priority = models.SmallIntegerField(default=0, help_text="The highest goes first.")
    state = models.CharField(max_length=16, default="queued", choices=[(s, s) for s in JOB_STATES])
    shared = models.BooleanField(default=True, help_text="May be joined; false once it has ended.")
    timeout_seconds = models.PositiveIntegerField()

    attempt = models.PositiveIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    owner = models.UUIDField(null=True, help_text="The worker that runs it.")
    lease_until = models.DateTimeField(null=True)
    run_after = models.DateTimeField(null=True, help_text="Not before; empty means at once.")
    cancel_requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    stage = models.CharField(max_length=16, default="queued")
    fraction = models.FloatField(default=0.0)
    rows_read = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(null=True)
    bytes_read = models.BigIntegerField(default=0)
    elapsed_ms = models.BigIntegerField(default=0)

    result_name = models.CharField(max_length=200, default="", blank=True)
    result_rows = models.BigIntegerField(null=True)
    result_bytes = models.BigIntegerField(null=True)
    result_sha256 = models.CharField(max_length=64, default="", blank=True)
    result_etag = models.CharField(max_length=128, default="", blank=True)
    cache = models.JSONField(null=True, help_text="Which tier answered, how old, why.")
    error = models.JSONField(null=True, help_text="The problem document of a failed job.")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "kind", "fingerprint"),
                condition=Q(shared=True),
                name="one_live_job_a_question",
            ),
        )
        indexes = (
            models.Index(
                # The state is there so that counting reads no row.
                fields=("queue", "organization", "-priority", "id", "state"),
                condition=Q(state="queued"),
                name="waiting_jobs",
            ),
            models.Index(
                fields=("lease_until",), condition=Q(state="running"), name="running_jobs"
            ),
            models.Index(
                fields=("finished_at",), condition=Q(finished_at__isnull=False), name="ended_jobs"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} job {self.pk} ({self.state})"

    @property
    def tag(self) -> str:
        """How this attempt is known to the engine."""
        return f"job:{self.pk}:{self.attempt}"


class Turn(models.Model):
    """When an organization's turn at a queue was last; its row lock keeps the organization's limit.

    `served` is in milliseconds since 1970.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    queue = models.CharField(max_length=16)
    served = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "queue"), name="one_turn_a_queue"),
        )

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.queue}"


class ResultFile(models.Model):
    """A result in a format other than JSON, made on first demand from the stored one."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "format"), name="one_file_a_format"),)

    def __str__(self) -> str:
        return self.name


class Report(models.Model):
    """What one asker sees of a question: a status, and the way to cancel, retry and read it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=32)
    status = models.CharField(max_length=16, default="queued", choices=[(s, s) for s in STATUSES])
    request = models.JSONField()
    subject = models.CharField(max_length=100, help_text="Who asked: `key:ID` or `user:ID`.")
    announced = models.BooleanField(default=True, help_text="Whether webhooks are told of its end.")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    error = models.JSONField(null=True)
    cache = models.JSONField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("organization", "created_at"), name="reports_by_age"),
            models.Index(
                fields=("expires_at",), condition=Q(status="succeeded"), name="reports_to_expire"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} report {self.pk} ({self.status})"

    @property
    def live(self) -> bool:
        """Whether the report is still waiting for its answer."""
        return self.status in LIVE


class EventCursor(models.Model):
    """The number of an organization's newest report event; its row lock keeps numbers gapless."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.last}"


class ReportEvent(models.Model):
    """A change of a report's status, kept so that a client that was away can be told."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    cursor = models.BigIntegerField()
    type = models.CharField(max_length=32)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="+")
    payload = models.JSONField(help_text="The report as it was, in the public form.")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "cursor"), name="one_event_a_cursor"),
        )

    def __str__(self) -> str:
        return f"{self.type} #{self.cursor}"

    def message(self) -> dict[str, Any]:
        """Return the event as sockets send it (contract §7)."""
        return {"type": self.type, "cursor": self.cursor, "report": self.payload}
