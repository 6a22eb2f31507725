"""Errands: durable pieces of work on all that an organization owns, each ended by a receipt."""

import uuid

from django.db import models
from django.db.models import Q

KINDS = ("organization", "visitor", "retention", "takeout", "campaign")
ERASURES = KINDS[:3]
"""An errand of any of these removes something for good; a `takeout` makes an archive to download,
a `campaign` attributes events or takes that back."""
OPEN = ("queued", "running")
STATES = (*OPEN, "succeeded", "failed")


class Errand(models.Model):
    """One piece of work; it names its organization by value, because it may outlive it.

    `attempt` is the fence: it rises with every claim, and only its holder may change the row.
    `deaths` counts workers lost with it, `failures` errors since it last got further. `memory`
    holds what a later attempt must know of an earlier one: what was found, which steps are done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    organization_id = models.UUIDField()
    organization_slug = models.CharField(max_length=63)
    subject = models.CharField(max_length=64, help_text="Who asked: user:ID, key:ID or system.")
    subject_name = models.CharField(max_length=200, blank=True)
    request = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default="queued", choices=[(s, s) for s in STATES])
    stage = models.CharField(max_length=64, default="queued")
    fraction = models.FloatField(default=0.0)
    memory = models.JSONField(default=dict)
    attempt = models.PositiveIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    owner = models.UUIDField(null=True, help_text="The worker process that holds it.")
    lease_until = models.DateTimeField(null=True)
    run_after = models.DateTimeField(help_text="Not before.")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.JSONField(null=True, help_text="The problem document of the latest failure.")
    receipt = models.JSONField(null=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_bytes = models.BigIntegerField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("organization_id", "created_at"),
                condition=Q(state__in=OPEN),
                name="open_errands",
            ),
            models.Index(fields=("organization_id", "-created_at"), name="errands_of_one"),
            models.Index(
                fields=("expires_at",), condition=Q(expires_at__isnull=False), name="takeouts_due"
            ),
            models.Index(fields=("kind", "finished_at"), name="errands_ended"),
        )

    def __str__(self) -> str:
        return f"{self.kind} errand {self.pk} ({self.state})"

    @property
    def organization(self) -> str:
        """Return the organization's id as the engine's tables have it."""
        return str(self.organization_id)

    @property
    def tag(self) -> str:
        """How its statements are known to the engine."""
        return f"errand:{self.pk}"
