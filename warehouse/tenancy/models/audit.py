"""AuditEntry: one thing somebody did, kept for good."""

import uuid

from django.db import models


class AuditEntry(models.Model):
    """Who did what to what, when and from where.

    It names its organization and its actor as text, because it outlives both. The database
    refuses to change or delete a row (migration 0005).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_index=True)
    organization_id = models.UUIDField(null=True)
    organization_slug = models.CharField(max_length=63, blank=True)
    actor = models.CharField(max_length=64, help_text="user:ID, key:ID or system.")
    actor_name = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=64, help_text="What was done, e.g. key.revoked.")
    target = models.CharField(max_length=100, blank=True, help_text="What it was done to.")
    details = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "audit entries"
        indexes = (models.Index(fields=("organization_id", "-at", "-id"), name="audit_of_one"),)

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}"
