"""Rows of the intake: accepted batches, the groups they are stored in, and whose turn it is."""

import uuid

from django.db import models
from django.db.models import Q

from warehouse.tenancy.models import Organization

BATCH_STATES = ("pending", "stored", "rejected")
UNSTORED = ("pending", "rejected")
GROUP_STATES = ("open", "done", "split")


class InsertGroup(models.Model):
    """Which batches are stored by one insert, in which order; its id is the insert's token.

    `attempt` is the fence: it rises with every claim and only its holder may finish. `deaths`
    counts attempts that neither finished nor failed in a way that is worth waiting for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=8, default="open", choices=[(s, s) for s in GROUP_STATES])
    attempt = models.PositiveIntegerField(default=1)
    deaths = models.PositiveSmallIntegerField(default=1)
    owner = models.UUIDField(help_text="The worker process that holds it.")
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("lease_until",), condition=Q(state="open"), name="open_groups"),
        )

    def __str__(self) -> str:
        return f"group {self.pk} ({self.state})"


class Batch(models.Model):
    """Events that were accepted together: this row, once committed, is the promise to store them.

    `payload` is emptied when they are stored and kept when they cannot be (`rejected`, `reason`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=16, help_text="The door: api or import.")
    state = models.CharField(
        max_length=8, default="pending", choices=[(s, s) for s in BATCH_STATES]
    )
    received_at = models.DateTimeField()
    events = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes of the events before compression.")
    payload = models.BinaryField()
    group = models.ForeignKey(
        InsertGroup, on_delete=models.SET_NULL, null=True, related_name="batches"
    )
    position = models.PositiveIntegerField(default=0)
    alone = models.BooleanField(default=False, help_text="Its group failed: try it by itself.")
    repeats = models.PositiveIntegerField(default=0)
    stored_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        verbose_name_plural = "batches"
        indexes = (
            models.Index(
                fields=("organization", "received_at"),
                condition=Q(state="pending", group=None),
                name="waiting_batches",
            ),
            models.Index(fields=("stored_at",), condition=Q(state="stored"), name="stored_batches"),
            models.Index(
                fields=("organization",), condition=Q(state="rejected"), name="rejected_batches"
            ),
        )

    def __str__(self) -> str:
        return f"batch {self.pk} ({self.state})"


class Lane(models.Model):
    """An organization's place in the queue; it stands in at most one open group at a time."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True)
    group = models.ForeignKey(
        InsertGroup, on_delete=models.SET_NULL, null=True, related_name="lanes"
    )
    served_at = models.DateTimeField()
    sealed_for = models.UUIDField(
        null=True, editable=False, help_text="The errand during which nothing is stored."
    )

    class Meta:
        indexes = (models.Index(fields=("group", "served_at"), name="lanes_in_turn"),)

    def __str__(self) -> str:
        return f"lane of {self.organization_id}"
