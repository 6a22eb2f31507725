"""Relational rows about the engine: what days and tables hold, and which workers are alive."""

import uuid

from django.db import models

from warehouse.tenancy.models import Organization


class Day(models.Model):
    """What one organization's day (UTC) holds; `revision` rises whenever its stored rows change."""

    organization_id = models.UUIDField()
    day = models.DateField()
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    revision = models.BigIntegerField(default=0)
    watermark = models.DateTimeField()
    rolled_up = models.BooleanField(
        default=True, help_text="Sessions and rollups hold what the events say."
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization_id", "day"), name="one_row_a_day"),
        )
        indexes = (
            models.Index(
                fields=("organization_id", "day"),
                condition=models.Q(rolled_up=False),
                name="days_to_roll_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization_id} {self.day}"


class Cost(models.Model):
    """What a campaign cost on one day of its organization's time zone, in ten-thousandths."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    campaign_id = models.CharField(max_length=256)
    units = models.BigIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "day", "campaign_id"), name="one_cost_a_day"
            ),
        )
        indexes = (
            models.Index(fields=("organization", "-stored_at", "-id"), name="costs_newest_first"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.campaign_id}"


class CostImport(models.Model):
    """How often an organization imported costs: answers that tell of them depend on it."""

    organization = models.OneToOneField(
        Organization, models.CASCADE, related_name="+", primary_key=True
    )
    revision = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.revision}"


class TableSize(models.Model):
    """What a table of the event store held at a time, for estimates before a question is run."""

    name = models.CharField(max_length=100, primary_key=True)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.rows} rows"


class ArchivedMonth(models.Model):
    """What the archive holds of all organizations' events of a month, such as 202401, at a time."""

    month = models.PositiveIntegerField(primary_key=True)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.month}: {self.rows} rows"


class Worker(models.Model):
    """A worker process: `seen_at` says it lives, `woken_at` that hints reach it through Celery."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=200)
    engine = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    woken_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
